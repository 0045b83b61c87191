/**
 * Which of Node's options workers get: those that say how modules load (`--conditions`, `--import`, …), not
 * those that say what the main program is, or that belong to one process.
 */

/** Options of the main program alone, and those whose name begins so. */
const OWN =
  /^(?:--(?:input-type|test|watch|inspect|eval|print|check|interactive|run)(?:[-=].*)?|-(?:e|p|pe|c|i))$/
/** Those of them that have the program's text, or a name, behind them. */
const WITH_VALUE =
  /^(?:-(?:e|p|pe)|--(?:eval|print|run|input-type|inspect-port|watch-path|test-(?!only$|force-exit$|update-snapshots$)[a-z-]+))$/
/** Options of module loading, which threads take on their own. */
const LOADING = /^(?:-C|-r|--conditions|--require|--import|--loader|--experimental-loader)$/

/** The options of a worker that is a process. */
export function inheritableByProcesses(options: readonly string[]): readonly string[] {
  return options.filter((option, index) => {
    const isValue = !option.startsWith('-') && WITH_VALUE.test(options[index - 1] ?? '')
    return !isValue && !OWN.test(option)
  })
}

/**
 * The options of a worker that is a thread; undefined: it may inherit all of them, as those of V8 and of the
 * process, which a thread refuses to be given, count for it anyway. With `--input-type` a thread cannot load
 * any file.
 */
export function inheritableByThreads(options: readonly string[]): readonly string[] | undefined {
  if (!options.some(option => option.startsWith('--input-type'))) return undefined
  return options.filter((option, index) => {
    const isValue = !option.startsWith('-') && LOADING.test(options[index - 1] ?? '')
    return isValue || LOADING.test(option.split('=', 1)[0] ?? '')
  })
}
