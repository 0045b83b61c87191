/** The door of the codec room: values to bytes and back, and keys. */

export { ByteReader } from './byte-reader.ts'
export { ByteWriter } from './byte-writer.ts'
export { bytes } from './bytes.ts'
export type { Codec, ValueOf } from './codec.ts'
export { type CsvColumnKind, type CsvColumns, type CsvOptions, csv } from './csv.ts'
export { json } from './json.ts'
export type {
  JsonArraySchema,
  JsonFieldKind,
  JsonKind,
  JsonObjectSchema,
  JsonOf,
  JsonScalar,
  JsonSchema,
} from './json-schema.ts'
export type { Key, KeyPart } from './key.ts'
export { hashOfKey, isKey, keyBytes, keyText, shardOfKey } from './key.ts'
export { decodeKey, encodeKeyCompact } from './key-codec.ts'
export { KeyMap } from './key-map.ts'
export { lines } from './lines.ts'
export { msgpack } from './msgpack.ts'
export { murmur2, shardOf } from './murmur2.ts'
export type {
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaOutput,
  StandardSchemaResult,
} from './standard-schema.ts'
export { string } from './string.ts'
export { asBuffer } from './utf8.ts'
