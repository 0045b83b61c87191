/**
 * Lets programs say `import … from 'sluice'` where it is not installed beside them, as in a checkout
 * or with a global installation: then it means the package of this command.
 *
 * Importing this module is what does it, so that worker processes can be started with it as well.
 */
import { registerHooks } from 'node:module'

/** What `node --import` takes. */
export const OWN_PACKAGE_URL: string = import.meta.url

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== 'sluice' && !specifier.startsWith('sluice/')) return next(specifier, context)
    try {
      return next(specifier, context)
    } catch (thrown) {
      const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_MODULE_NOT_FOUND'
      if (!isMissing) throw thrown
      return next(specifier, { ...context, parentURL: OWN_PACKAGE_URL })
    }
  },
})
