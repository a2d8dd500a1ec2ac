/** Why a service could not start; `message` is the one line that the user sees. */
export class StartError extends Error {}
