/** A module that throws as it is loaded. */
throw new Error('no database')

export {}
