/** How any call is ended early. */
/** Ends a call early: it rejects with AbortedError. */
export interface CallOptions { signal?: AbortSignal }
