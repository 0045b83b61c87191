/** Pictures of a graph: text for terminals, Mermaid for Markdown, DOT for Graphviz, SVG for everybody. */
import type { Graph } from './graph.ts'
import { detailOf, graphToJson } from './json.ts'
import type { Step } from './step.ts'
import { drawSvg } from './svg.ts'

/** The formats in which a graph can be drawn without further tools. */
export const PICTURE_FORMATS = ['text', 'mermaid', 'dot', 'json', 'svg'] as const

/** A format of `drawGraph`. */
export type PictureFormat = (typeof PICTURE_FORMATS)[number]

/** Draws the graph. */
export function drawGraph(graph: Graph, format: PictureFormat): string {
  switch (format) {
    case 'text':
      return drawText(graph)
    case 'mermaid':
      return drawMermaid(graph)
    case 'dot':
      return drawDot(graph)
    case 'json':
      return `${JSON.stringify(graphToJson(graph), undefined, 2)}\n`
    case 'svg':
      return drawSvg(graph)
  }
}

/** One line a step, indented below what it reads; a step with several inputs is drawn once and then named. */
function drawText(graph: Graph): string {
  const lines = [graph.name]
  const drawn = new Set<string>()
  const draw = (step: Step, output: string | undefined, indent: string, isLast: boolean): void => {
    const label = output === undefined ? '' : `[${output}] `
    const text = drawn.has(step.id) ? `${label}→ ${step.id}` : `${label}${describe(step)}`
    lines.push(`${indent}${isLast ? '└─ ' : '├─ '}${text}`)
    if (drawn.has(step.id)) return
    drawn.add(step.id)
    const readers = graph.steps.flatMap(reader =>
      reader.inputs.filter(input => input.step === step.id).map(input => ({ reader, output: input.output })),
    )
    readers.forEach(({ reader, output: from }, index) => {
      draw(reader, from, indent + (isLast ? '   ' : '│  '), index === readers.length - 1)
    })
  }
  const sources = graph.steps.filter(step => step.kind === 'source')
  sources.forEach((source, index) => {
    draw(source, undefined, '', index === sources.length - 1)
  })
  return `${lines.join('\n')}\n`
}

function drawMermaid(graph: Graph): string {
  const lines = ['flowchart LR']
  graph.steps.forEach((step, index) => {
    const [open, close] = mermaidShape(step)
    lines.push(`  s${index}${open}"${escapeHtml(describe(step))}"${close}`)
  })
  for (const edge of edges(graph)) {
    const label = edge.output === undefined ? '' : `|${escapeHtml(edge.output)}|`
    lines.push(`  s${edge.from} -->${label} s${edge.to}`)
  }
  return `${lines.join('\n')}\n`
}

function drawDot(graph: Graph): string {
  const lines = [
    `digraph ${JSON.stringify(graph.name)} {`,
    '  rankdir=LR',
    '  node [shape=box, fontname="sans-serif"]',
  ]
  graph.steps.forEach((step, index) => {
    lines.push(`  s${index} [label=${JSON.stringify(describe(step))}, shape=${dotShape(step)}]`)
  })
  for (const edge of edges(graph)) {
    const label = edge.output === undefined ? '' : ` [label=${JSON.stringify(edge.output)}]`
    lines.push(`  s${edge.from} -> s${edge.to}${label}`)
  }
  return `${[...lines, '}'].join('\n')}\n`
}

function describe(step: Step): string {
  const detail = detailOf(step)
  const kind = step.kind === step.name ? '' : `, ${step.kind}`
  return `${step.id} (${step.name}${kind}${detail === '' ? '' : `: ${detail}`})`
}

function edges(graph: Graph): readonly { from: number; to: number; output: string | undefined }[] {
  return graph.steps.flatMap((step, to) =>
    step.inputs.map(input => ({
      from: graph.steps.findIndex(above => above.id === input.step),
      to,
      output: input.output,
    })),
  )
}

function mermaidShape(step: Step): readonly [string, string] {
  if (step.kind === 'source' || step.kind === 'sink') return ['[(', ')]']
  if (step.kind === 'exchange') return ['{{', '}}']
  return step.nature.stateful ? ['[[', ']]'] : ['[', ']']
}

function dotShape(step: Step): string {
  if (step.kind === 'source' || step.kind === 'sink') return 'cylinder'
  if (step.kind === 'exchange') return 'hexagon'
  return step.nature.stateful ? 'box3d' : 'box'
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
