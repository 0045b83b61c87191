/** Charts of the last rows of a stream: pure, for browsers and terminals alike. */
export { Backlog } from './backlog.ts'
export type { ChartOptions } from './chart-options.ts'
export { drawLineChart } from './line-chart.ts'
export type { ChartRow } from './series.ts'
export { sparkline } from './sparkline.ts'
export { drawTerminalChart, type TerminalChartOptions } from './terminal-chart.ts'
export { type VegaLiteChart, type VegaLiteRow, vegaLiteChart } from './vega-lite.ts'
