/** A message that was made and is not taken yet. */
import type { Body } from '../../protocol/message/index.js'
import type { KeyValueOp } from '../../store/index.js'

/** A message's body, and the changes that go into the batch that takes it. */
export interface Made { readonly body: Body, readonly ops: readonly KeyValueOp[] }
