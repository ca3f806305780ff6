import type { ComputedRef, InjectionKey } from 'vue'

/** Full names of the people that the form at hand names, by login. */
export const PEOPLE: InjectionKey<ComputedRef<Record<string, string>>> = Symbol('people')
