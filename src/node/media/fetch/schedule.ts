/**
 * Who is asked for which blocks of one file, and what follows from what came: the machine of a download. Pure: the
 * network, the disk and the clock are at its edge (`transfer.ts`). Items are numbers that the edge gives to blocks.
 *
 * Holders of rank 0 (the own relays, members in the local network) share the work: who is done sooner gets more. One of
 * a higher rank is asked only for what no lower one can give now. A holder that lies is out for good; one that stalls or
 * breaks rests, longer each time, and its items go to others at once. While a request is slow its items may be asked of
 * somebody else as well, so that what a reader waits for does not hang on one holder.
 */

/** How much may be asked for. */
export interface ScheduleBounds {
  /** Items that may be asked for now beyond those in flight: what is free of the node's memory for it. */
  readonly room: number
  /** Items in one request. */
  readonly perRequest: number
  /** Requests in flight at one holder: two, so that it never waits for the next one. */
  readonly perHolder: number
  /** ms of the first rest, doubled with each strike in a row, and the longest. */
  readonly restMs: number
  readonly restCapMs: number
}

interface Holder {
  readonly rank: number
  readonly phase: 'ready' | 'resting' | 'out'
  /** Failures in a row. */
  readonly strikes: number
  /** Items that it said it does not have. */
  readonly lacks: ReadonlySet<number>
}

interface Request {
  readonly holder: string
  /** What has not come yet. */
  readonly items: readonly number[]
  readonly slow: boolean
}

/** The machine's state. */
export interface ScheduleState {
  /** What is wanted, the most urgent first. */
  readonly wanted: readonly number[]
  readonly holders: ReadonlyMap<string, Holder>
  readonly requests: ReadonlyMap<number, Request>
  /** The next request's number. */
  readonly next: number
}

/** What happens. */
export type ScheduleInput =
  /** From now on these are wanted, and nothing else. */
  | { readonly type: 'want', readonly items: readonly number[] }
  | { readonly type: 'holder', readonly name: string, readonly rank: number }
  /** An item came and was right. */
  | { readonly type: 'arrived', readonly request: number, readonly item: number }
  | { readonly type: 'lacks', readonly request: number, readonly item: number }
  /** Nothing more comes of a request. `done`: its holder gave what it has. */
  | { readonly type: 'ended', readonly request: number, readonly how: 'done' | 'failed' | 'lied' }
  /** Nothing of a request came for a while: others may be asked too, or (`stalled`) it is given up. */
  | { readonly type: 'late', readonly request: number, readonly how: 'slow' | 'stalled' }
  /** A holder's rest is over, or it is seen to be there again. */
  | { readonly type: 'rested', readonly name: string }
  /** There is room again. */
  | { readonly type: 'room' }

/** What the edge does. */
export type ScheduleEffect =
  | { readonly type: 'ask', readonly request: number, readonly holder: string, readonly items: readonly number[] }
  | { readonly type: 'cancel', readonly request: number }
  /** After so many ms the holder has rested. */
  | { readonly type: 'rest', readonly holder: string, readonly ms: number }

/** Nothing is wanted and nobody is known. */
export const NEW_SCHEDULE: ScheduleState = { wanted: [], holders: new Map(), requests: new Map(), next: 1 }

/** Takes one input. */
export function stepSchedule (state: ScheduleState, input: ScheduleInput, bounds: ScheduleBounds): { state: ScheduleState, effects: ScheduleEffect[] } {
  const effects: ScheduleEffect[] = []
  const taken = take(state, input, bounds, effects)
  return { state: assign(taken, bounds, effects), effects }
}

/** Wanted items that nobody is asked for and nobody could be, not even after a rest. */
export function hopeless (state: ScheduleState): number[] {
  const flying = itemsInFlight(state)
  return state.wanted.filter(item => !flying.has(item) && ![...state.holders.values()].some(holder => holder.phase !== 'out' && !holder.lacks.has(item)))
}

function take (state: ScheduleState, input: ScheduleInput, bounds: ScheduleBounds, effects: ScheduleEffect[]): ScheduleState {
  switch (input.type) {
    case 'want': return withoutUnwanted({ ...state, wanted: [...new Set(input.items)] }, effects)
    case 'holder': return state.holders.has(input.name) ? state : withHolder(state, input.name, { rank: input.rank, phase: 'ready', strikes: 0, lacks: new Set() })
    case 'arrived': return arrived(state, input.request, input.item, effects)
    case 'lacks': return lacking(state, input.request, input.item)
    case 'ended': return ended(state, input.request, input.how, bounds, effects)
    case 'late': return late(state, input.request, input.how, bounds, effects)
    case 'rested': return rested(state, input.name)
    case 'room': return state
  }
}

function withHolder (state: ScheduleState, name: string, holder: Holder): ScheduleState { return { ...state, holders: new Map(state.holders).set(name, holder) } }

/** A request without items left goes on: its holder has only to say that it is done. */
function withoutItem (state: ScheduleState, number: number, item: number): ScheduleState {
  const request = state.requests.get(number)
  if (request === undefined) return state
  return { ...state, requests: new Map(state.requests).set(number, { ...request, slow: false, items: request.items.filter(one => one !== item) }) }
}

function withoutRequest (state: ScheduleState, number: number): ScheduleState {
  const requests = new Map(state.requests)
  requests.delete(number)
  return { ...state, requests }
}

function arrived (state: ScheduleState, number: number, item: number, effects: ScheduleEffect[]): ScheduleState {
  const request = state.requests.get(number)
  if (request === undefined) return state
  const holder = state.holders.get(request.holder)
  const better = holder === undefined || holder.strikes === 0 ? state : withHolder(state, request.holder, { ...holder, strikes: 0 })
  return withoutUnwanted(withoutItem({ ...better, wanted: state.wanted.filter(one => one !== item) }, number, item), effects)
}

function lacking (state: ScheduleState, number: number, item: number): ScheduleState {
  const request = state.requests.get(number)
  const holder = state.holders.get(request?.holder ?? '')
  if (request === undefined || holder === undefined) return state
  return withoutItem(withHolder(state, request.holder, { ...holder, lacks: new Set([...holder.lacks, item]) }), number, item)
}

function ended (state: ScheduleState, number: number, how: 'done' | 'failed' | 'lied', bounds: ScheduleBounds, effects: ScheduleEffect[]): ScheduleState {
  const request = state.requests.get(number)
  if (request === undefined) return state
  if (how === 'failed') return struck(withoutRequest(state, number), request.holder, bounds, effects)
  if (how === 'lied') return out(state, request.holder, effects, number)
  // What it passed over in silence it does not have either, or it would be asked again and again.
  return withoutRequest(request.items.reduce((now, item) => lacking(now, number, item), state), number)
}

function late (state: ScheduleState, number: number, how: 'slow' | 'stalled', bounds: ScheduleBounds, effects: ScheduleEffect[]): ScheduleState {
  const request = state.requests.get(number)
  if (request === undefined) return state
  if (how === 'slow') return { ...state, requests: new Map(state.requests).set(number, { ...request, slow: true }) }
  effects.push({ type: 'cancel', request: number })
  return struck(withoutRequest(state, number), request.holder, bounds, effects)
}

function rested (state: ScheduleState, name: string): ScheduleState {
  const holder = state.holders.get(name)
  return holder?.phase === 'resting' ? withHolder(state, name, { ...holder, phase: 'ready' }) : state
}

/** Its other requests go on: each has its own clock. */
function struck (state: ScheduleState, name: string, { restMs, restCapMs }: ScheduleBounds, effects: ScheduleEffect[]): ScheduleState {
  const holder = state.holders.get(name)
  if (holder?.phase !== 'ready') return state
  const strikes = holder.strikes + 1
  effects.push({ type: 'rest', holder: name, ms: Math.min(restCapMs, restMs * 2 ** Math.min(strikes - 1, 30)) })
  return withHolder(state, name, { ...holder, phase: 'resting', strikes })
}

function out (state: ScheduleState, name: string, effects: ScheduleEffect[], ended: number): ScheduleState {
  const holder = state.holders.get(name)
  const requests = new Map(state.requests)
  for (const [number, request] of state.requests) {
    if (request.holder !== name) continue
    if (number !== ended) effects.push({ type: 'cancel', request: number })
    requests.delete(number)
  }
  const next = { ...state, requests }
  return holder === undefined ? next : withHolder(next, name, { ...holder, phase: 'out' })
}

/** Requests of which nothing is wanted any more are called back: after a seek the line is free for what is. */
function withoutUnwanted (state: ScheduleState, effects: ScheduleEffect[]): ScheduleState {
  const wanted = new Set(state.wanted)
  const requests = new Map(state.requests)
  for (const [number, { items }] of state.requests) {
    if (items.length === 0 || items.some(item => wanted.has(item))) continue
    effects.push({ type: 'cancel', request: number })
    requests.delete(number)
  }
  return { ...state, requests }
}

/** Items in flight, and whether each may be asked of somebody else as well. */
function itemsInFlight (state: ScheduleState): Map<number, { readonly holders: string[], slow: boolean }> {
  const flying = new Map<number, { holders: string[], slow: boolean }>()
  for (const { holder, items, slow } of state.requests.values()) {
    for (const item of items) {
      const known = flying.get(item)
      if (known === undefined) flying.set(item, { holders: [holder], slow })
      else {
        known.holders.push(holder)
        known.slow &&= slow
      }
    }
  }
  return flying
}

/** Hands out what is wanted, in turns among those who can give, the least busy first. */
function assign (state: ScheduleState, bounds: ScheduleBounds, effects: ScheduleEffect[]): ScheduleState {
  let { requests, next } = state
  let { room } = bounds
  for (;;) {
    const now = { ...state, requests }
    const flying = itemsInFlight(now)
    const turns = freeHolders(now, bounds.perHolder).map(name => ({ name, items: itemsFor(now, name, flying) })).filter(({ items }) => items.length > 0)
    const [turn] = turns
    if (turn === undefined || room <= 0) return { ...now, next }
    // Where several could help, none takes all of it.
    const share = Math.min(bounds.perRequest, room, Math.ceil(turn.items.length / turns.length))
    const items = turn.items.slice(0, share)
    effects.push({ type: 'ask', request: next, holder: turn.name, items })
    requests = new Map(requests).set(next, { holder: turn.name, items, slow: false })
    next++
    room -= items.length
  }
}

function freeHolders (state: ScheduleState, perHolder: number): string[] {
  const busy = (name: string): number => [...state.requests.values()].filter(request => request.holder === name).length
  return [...state.holders].filter(([name, { phase }]) => phase === 'ready' && busy(name) < perHolder)
    .sort(([a, one], [b, other]) => one.rank - other.rank || busy(a) - busy(b)).map(([name]) => name)
}

/** What a holder may be asked for: what it can have, nobody brings, and no holder of a lower rank could bring now. */
function itemsFor (state: ScheduleState, name: string, flying: ReturnType<typeof itemsInFlight>): number[] {
  const holder = state.holders.get(name)
  if (holder === undefined) return []
  const lower = [...state.holders.values()].filter(({ rank, phase }) => rank < holder.rank && phase === 'ready')
  return state.wanted.filter(item => {
    if (holder.lacks.has(item)) return false
    const flight = flying.get(item)
    if (flight !== undefined) return flight.slow && !flight.holders.includes(name)
    return lower.every(({ lacks }) => lacks.has(item))
  })
}
