/** Where a program is that a test uses and that is not ours: `npm test` finds or fetches it. */

/** The path of a test service. Throws, and so fails the test, when it could not be had. */
export function servicePath(name: string): string {
  const found = process.env[`SLUICE_TEST_${name.toUpperCase().replaceAll('-', '_')}`]
  if (found === undefined) throw new Error(`run this file by "npm test -- FILE", which fetches ${name}`)
  if (found.startsWith('!')) throw new Error(found.slice(1))
  return found
}
