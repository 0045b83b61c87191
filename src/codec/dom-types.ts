/** Declares the one type of the browser that the declarations of `@msgpack/msgpack` name and Node's lack. */
declare global {
  type BufferSource = ArrayBufferView | ArrayBuffer
}

export {}
