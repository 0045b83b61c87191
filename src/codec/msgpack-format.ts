/**
 * The numbers of MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md) and the extension
 * types that make it lossless for JavaScript values.
 */

export const NIL = 0xc0
export const FALSE = 0xc2
export const TRUE = 0xc3
export const BIN_8 = 0xc4
export const BIN_16 = 0xc5
export const BIN_32 = 0xc6
export const EXT_8 = 0xc7
export const EXT_16 = 0xc8
export const EXT_32 = 0xc9
export const FLOAT_32 = 0xca
export const FLOAT_64 = 0xcb
export const UINT_8 = 0xcc
export const UINT_16 = 0xcd
export const UINT_32 = 0xce
export const UINT_64 = 0xcf
export const INT_8 = 0xd0
export const INT_16 = 0xd1
export const INT_32 = 0xd2
export const INT_64 = 0xd3
export const FIXEXT_1 = 0xd4
export const FIXEXT_16 = 0xd8
export const STR_8 = 0xd9
export const STR_16 = 0xda
export const STR_32 = 0xdb
export const ARRAY_16 = 0xdc
export const ARRAY_32 = 0xdd
export const MAP_16 = 0xde
export const MAP_32 = 0xdf
/** Heads that hold a small number themselves. */
export const FIXMAP = 0x80
export const FIXARRAY = 0x90
export const FIXSTR = 0xa0
export const NEGATIVE_FIXINT = 0xe0

/** The extension types on the wire; never renumber. The first is the specification's timestamp. */
export const TYPE_DATE = 0xff
export const TYPE_UNDEFINED = 0
export const TYPE_BIGINT = 2
/** An array of keys and values in turn. */
export const TYPE_MAP = 3
/** An array of members. */
export const TYPE_SET = 4
/** Text with a lone surrogate, as UTF-16. */
export const TYPE_TEXT = 5

/** How deep arrays and objects may be nested. */
export const MAX_DEPTH = 500

export const TWO_TO_32: number = 2 ** 32
