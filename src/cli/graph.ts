/** `sluice graph`: draws a program's graph. */
import { UsageError } from '../errors.ts'
import { drawGraph, PICTURE_FORMATS, type PictureFormat } from '../graph/index.ts'
import { type Command, EXIT } from './command.ts'
import { loadProgram } from './load-program.ts'

export const graph: Command = {
  name: 'graph',
  positionals: ['MODULE'],
  summary: 'draws the steps of a program, and how they are connected; runs nothing',
  options: { format: { value: 'FORMAT', help: `${PICTURE_FORMATS.join(', ')}; text by default` } },
  examples: [
    ['sluice graph sums.ts', 'as text'],
    ['sluice graph sums.ts --format svg > sums.svg', 'as a picture'],
  ],
  async run(args, terminal) {
    const format = readFormat(args.text('format') ?? 'text')
    const { program } = await loadProgram(args.positional(0))
    terminal.line(drawGraph(program.graph(), format).trimEnd())
    return EXIT.done
  },
}

function readFormat(text: string): PictureFormat {
  const format = PICTURE_FORMATS.find(candidate => candidate === text)
  if (format !== undefined) return format
  throw new UsageError(`--format is ${JSON.stringify(text)}; expected one of ${PICTURE_FORMATS.join(', ')}`)
}
