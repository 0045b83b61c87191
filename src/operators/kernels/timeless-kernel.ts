/** Kernels in which nothing waits for time. */
import type { Context, Kernel, KernelHost } from '../../graph/index.ts'

/** A kernel that only takes elements. */
export abstract class TimelessKernel<In = unknown, Out = unknown> implements Kernel<In> {
  protected readonly host: KernelHost<Out>

  constructor(host: KernelHost<Out>) {
    this.host = host
  }

  abstract push(value: In, context: Context): void

  due(): number {
    return Number.POSITIVE_INFINITY
  }

  advance(): void {
    // Nothing waits here.
  }
}
