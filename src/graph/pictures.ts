/** Pictures of a graph: text for terminals, Mermaid for Markdown, DOT for Graphviz, SVG for everybody. */
import { type Edge, type EdgeCount, edgeLabel, edgesOf } from './edges.ts'
import type { Graph } from './graph.ts'
import { graphToJson } from './json.ts'
import { escapeXml, plainText } from './plain-text.ts'
import type { Step } from './step.ts'
import { drawSvg } from './svg.ts'
import { describe, drawText } from './text.ts'

/** The formats in which a graph can be drawn without further tools. */
export const PICTURE_FORMATS = ['text', 'mermaid', 'dot', 'json', 'svg'] as const

/** A format of `drawGraph`. */
export type PictureFormat = (typeof PICTURE_FORMATS)[number]

/**
 * Draws the graph, with what passed along its edges when `counts` are given. Where an output has
 * several readers, they are numbered in the order in which they are served; an edge that closes a
 * loop is dashed, and in text a `↺`. Counts of edges that the graph does not have are left out.
 */
export function drawGraph(graph: Graph, format: PictureFormat, counts: readonly EdgeCount[] = []): string {
  switch (format) {
    case 'text':
      return drawText(graph, counts)
    case 'mermaid':
      return drawMermaid(graph, counts)
    case 'dot':
      return drawDot(graph, counts)
    case 'json':
      return `${JSON.stringify(graphToJson(graph, counts), undefined, 2)}\n`
    case 'svg':
      return drawSvg(graph, counts)
  }
}

function drawMermaid(graph: Graph, counts: readonly EdgeCount[]): string {
  const lines = ['flowchart LR']
  graph.steps.forEach((step, index) => {
    const [open, close] = mermaidShape(step)
    lines.push(`  s${index}${open}"${escapeXml(describe(step))}"${close}`)
  })
  for (const edge of edgesOf(graph, counts)) {
    const text = edgeLabel(edge)
    const label = text === '' ? '' : `|"${escapeXml(text)}"|`
    lines.push(`  s${edge.from} ${edge.closesLoop ? '-.->' : '-->'}${label} s${edge.to}`)
  }
  return `${lines.join('\n')}\n`
}

function drawDot(graph: Graph, counts: readonly EdgeCount[]): string {
  const lines = [
    `digraph ${dotText(graph.name)} {`,
    '  rankdir=LR',
    '  node [shape=box, fontname="Helvetica"]',
    '  edge [fontname="Helvetica", fontsize=10]',
  ]
  graph.steps.forEach((step, index) => {
    lines.push(`  s${index} [label=${dotText(describe(step))}, shape=${dotShape(step)}]`)
  })
  for (const edge of edgesOf(graph, counts))
    lines.push(`  s${edge.from} -> s${edge.to}${dotAttributes(edge)}`)
  return `${[...lines, '}'].join('\n')}\n`
}

function dotAttributes(edge: Edge): string {
  const label = edgeLabel(edge)
  const attributes = [
    ...(label === '' ? [] : [`label=${dotText(label)}`]),
    // an edge that leads back must not pull its reader behind its step
    ...(edge.closesLoop ? ['style=dashed', 'constraint=false'] : []),
  ]
  return attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`
}

/** In DOT only the quote is escaped; a backslash would begin one of its own escapes. */
function dotText(text: string): string {
  return `"${plainText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
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
