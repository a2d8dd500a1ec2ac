/** How often something was encoded: the proof that readers cost none. Process-wide, because encoding has no other context. */
export const encodings = { objects: 0, events: 0 }
