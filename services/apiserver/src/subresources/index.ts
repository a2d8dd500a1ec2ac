import type { ClusterAuthorizer } from '../auth/authorize.ts'
import type { Tokens } from '../auth/tokens.ts'
import { bindingActions } from './binding.ts'
import { evictionAction } from './eviction.ts'
import { reviewActions } from './reviews.ts'
import { tokenRequestAction } from './token-request.ts'
import type { Action, ActionParts } from './types.ts'

export interface ActionsOptions { authorizer: ClusterAuthorizer, /** None: no tokens are issued and none are known. */ tokens?: Tokens | undefined, maxTokenExpirationSeconds?: number }

/** All places where POST acts rather than stores. */
export function createActions(parts: ActionParts, o: ActionsOptions): Action[] {
  return [
    ...bindingActions(parts),
    evictionAction(parts),
    ...(o.tokens ? [tokenRequestAction(parts, { tokens: o.tokens, ...(o.maxTokenExpirationSeconds && { maxExpirationSeconds: o.maxTokenExpirationSeconds }) })] : []),
    ...reviewActions(parts, o),
  ]
}
export type * from './types.ts'
