import { randomUUID } from 'node:crypto'

/** Where names, uids and jitter come from; a fake one makes a cluster repeatable. */
export interface Random {
  /** A number in [0, 1). */ next(): number
  /** A version 4 UUID. */ uuid(): string
}

export const systemRandom: Random = { next: () => Math.random(), uuid: () => randomUUID() }

// No vowels and no 0, 1, 3: no words, no look-alikes (k8s.io/apimachinery/pkg/util/rand).
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** A suffix as upstream makes for generated names; five characters unless told. */
export function nameSuffix(random: Random, length = 5): string {
  let s = ''
  for (let i = 0; i < length; i++) s += alphabet[Math.floor(random.next() * alphabet.length)]
  return s
}

/** Encodes a decimal hash in the safe alphabet, as upstream's rand.SafeEncodeString does for pod-template-hash. */
export function safeEncode(s: string): string {
  let out = ''
  for (let i = 0; i < s.length; i++) out += alphabet[s.charCodeAt(i) % alphabet.length]
  return out
}
