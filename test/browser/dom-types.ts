/**
 * Declares the types of the browser that the declarations of `playwright-core` name and Node's lack: as
 * little as they need, so that nobody takes this project for one that runs in a page.
 */
declare global {
  interface Node {
    readonly nodeType: number
  }
  interface HTMLElement extends Node {
    readonly title: string
  }
  interface SVGElement extends Node {
    readonly viewportElement: SVGElement | null
  }
  interface HTMLElementTagNameMap {
    readonly body: HTMLElement
  }
}

export {}
