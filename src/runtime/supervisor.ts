/**
 * Runs an app with several workers, each a process of its own, and restarts one that dies.
 *
 * The supervisor holds the app's lease and settles what all workers must know. Tasks belong to
 * worker `index modulo workers` for the whole run, so nothing moves when a worker is restarted.
 */
