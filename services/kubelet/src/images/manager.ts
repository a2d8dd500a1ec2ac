/**
 * Brings images to the node (images.EnsureImageExists): policies, credentials, back-off of 10 s … 300 s, upstream's events and
 * words. Pulls of one image at a time are shared.
 */
import type { Container, Pod, Secret } from '@drydock/api'
import type { Clock } from '@drydock/base'
import type * as cri from '@drydock/proto/cri'
import { CriError, type Cri } from '../cri/client.ts'
import { createBackoff, goDuration } from '../runtime/backoff.ts'
import type { AnyContainer } from '../runtime/types.ts'
import type { ImageUser } from '../runtime/security.ts'
import { credentialsFor } from './credentials.ts'
import { parseReference, withDefaultTag } from './reference.ts'

export interface LocalImage { ref: string, user: ImageUser }
/** Why a container cannot have its image; `reason` is what its waiting state shows. */
export class ImageError extends Error {
  readonly reason: string
  /** When to try again, if that is known. */ readonly retryAfterMs: number | undefined
  constructor(reason: string, message: string, retryAfterMs?: number) { super(message); this.reason = reason; this.retryAfterMs = retryAfterMs }
}
export type ContainerEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void

export interface Images {
  /** Begins to look for the container's image, so that `ensure` finds the answer there. */
  lookUp(c: Container): void
  ensure(pod: Pod, c: Container | AnyContainer, sandbox: cri.PodSandboxConfig, event: ContainerEvent, signal?: AbortSignal): Promise<LocalImage>
  forget(podUID: string): void
}

const userOf = (i: cri.Image): ImageUser => (i.uid ? { uid: i.uid.value, username: '' } : i.username ? { uid: undefined, username: i.username } : { uid: 0, username: '' })

export interface ImagesOptions { cri: Cri, clock: Clock, secret: (namespace: string, name: string) => Promise<Secret | undefined> }

const freshMs = 1_000

export function createImages(o: ImagesOptions): Images {
  const backoff = createBackoff(o.clock, 10_000, 300_000)
  const failures = new Map<string, string>() // by back-off key: the last failure, told while waiting
  const lastTry = new Map<string, number>() // when a pull last failed: back-off counts from there
  const pulls = new Map<string, Promise<string>>()
  const shared = (image: string, auth: cri.AuthConfig | undefined, sandbox: cri.PodSandboxConfig) => {
    const key = `${image}\n${auth?.username ?? ''}`
    const running = pulls.get(key)
    if (running) return running
    const p = o.cri.pullImage(image, auth, sandbox).finally(() => pulls.delete(key))
    pulls.set(key, p)
    return p
  }

  // Images that are there stay for a moment: many containers are started from one. That one is missing is never remembered.
  const looks = new Map<string, { at: number, answer: Promise<cri.Image | undefined> }>()
  function status(image: string): Promise<cri.Image | undefined> {
    const now = o.clock.monotonic(), hit = looks.get(image)
    if (hit && now - hit.at < freshMs) return hit.answer
    if (looks.size > 256) looks.clear()
    const answer = o.cri.imageStatus(image).then((i) => { if (!i) looks.delete(image); return i }, (e: unknown) => { looks.delete(image); throw e })
    looks.set(image, { at: now, answer })
    answer.catch(() => {}) // told to who asks
    return answer
  }

  async function pull(pod: Pod, image: string, sandbox: cri.PodSandboxConfig): Promise<string> {
    const secrets = await Promise.all((pod.spec?.imagePullSecrets ?? []).map((s) => o.secret(pod.metadata!.namespace!, s.name ?? '').catch(() => undefined)))
    const choices = credentialsFor(parseReference(image), secrets.filter((s) => s !== undefined))
    let last: unknown
    for (const auth of choices.length ? choices : [undefined]) {
      try {
        return await shared(image, auth, sandbox)
      } catch (e) {
        last = e
      }
    }
    throw last
  }

  return {
    lookUp(c) { try { void status(withDefaultTag(c.image ?? '')) } catch { /* told by ensure */ } },
    forget(podUID) { backoff.forget(`${podUID}_`); for (const m of [failures, lastTry]) for (const k of m.keys()) if (k.startsWith(`${podUID}_`)) m.delete(k) },
    async ensure(pod, c, sandbox, event) {
      let image: string
      try {
        image = withDefaultTag(c.image ?? '')
      } catch (e) {
        const message = `Failed to apply default image tag ${JSON.stringify(c.image ?? '')}: ${(e as Error).message}`
        event('Warning', 'InspectFailed', message)
        throw new ImageError('InvalidImageName', message)
      }
      let local: cri.Image | undefined
      try {
        local = await status(image)
      } catch (e) {
        const message = `Failed to inspect image "${c.image}": ${(e as Error).message}`
        event('Warning', 'InspectFailed', message)
        throw new ImageError('ImageInspectError', message)
      }
      const policy = c.imagePullPolicy ?? (image.endsWith(':latest') ? 'Always' : 'IfNotPresent')
      if (local && policy !== 'Always') {
        event('Normal', 'Pulled', `Container image "${c.image}" already present on machine and can be accessed by the pod`)
        return { ref: local.id, user: userOf(local) }
      }
      if (policy === 'Never') {
        const message = `Container image "${c.image}" is not present with pull policy of Never`
        event('Warning', 'ErrImageNeverPull', message)
        throw new ImageError('ErrImageNeverPull', message)
      }
      return pulled(pod, c, image, sandbox, event)
    },
  }

  async function pulled(pod: Pod, c: AnyContainer, image: string, sandbox: cri.PodSandboxConfig, event: ContainerEvent): Promise<LocalImage> {
    const key = `${pod.metadata!.uid}_${image}`, left = backoff.remaining(key, lastTry.get(key) ?? 0)
    if (left > 0) {
      const message = `Back-off pulling image "${c.image}": ${failures.get(key) ?? ''}`
      event('Normal', 'BackOff', message)
      throw new ImageError('ImagePullBackOff', message, left)
    }
    event('Normal', 'Pulling', `Pulling image "${c.image}"`)
    const from = o.clock.monotonic()
    let ref: string
    try {
      ref = await pull(pod, image, sandbox)
    } catch (e) {
      const why = e instanceof CriError ? e.message : String(e)
      event('Warning', 'Failed', `Failed to pull image "${c.image}": ${why}`)
      backoff.next(key, o.clock.now())
      lastTry.set(key, o.clock.now())
      failures.set(key, `ErrImagePull: ${why}`)
      throw new ImageError('ErrImagePull', why, 1_000)
    }
    const took = goDuration(o.clock.monotonic() - from)
    const local = await o.cri.imageStatus(ref)
    event('Normal', 'Pulled', `Successfully pulled image "${c.image}" in ${took} (${took} including waiting). Image size: ${local?.size ?? 0} bytes.`)
    failures.delete(key)
    return { ref: local?.id ?? ref, user: local ? userOf(local) : { uid: 0, username: '' } }
  }
}
