/**
 * A mutant is a rule of the core that is broken on purpose, as a programmer's mistake would break it: nothing throws,
 * and most of what happens is still right. A checker that finds none of them proves nothing by finding nothing.
 *
 * Theory of operation. Nothing in the core knows of mutants. One is applied by putting another method in the place of
 * one on the prototype of a class, and undone by putting the original back; so it holds for every instance of that
 * class in the process, and for every simulation that runs meanwhile. What a mutant has to remember is kept by the
 * instance that it belongs to, so that a world does not depend on the worlds that were run before it.
 */

import type { Invariant } from '../violation.ts';

/** Puts back what was there before. Calling it again does nothing. */
export type Undo = () => void;

export interface Mutant {
  /** In lower case with hyphens; it names the break. */
  readonly name: string;
  /** The invariant that has to find it. */
  readonly breaks: Invariant;
  /** What is broken, in one sentence. */
  readonly what: string;
  apply(): Undo;
}

// biome-ignore lint/suspicious/noExplicitAny: a method with whatever arguments; the result is typed again below.
type AnyMethod = (...args: any[]) => unknown;

type MethodName<Instance> = {
  [Name in keyof Instance]: Instance[Name] extends AnyMethod ? Name : never;
}[keyof Instance];

/** A method as a function of the instance and its arguments. */
type Call<Instance, Method> = Method extends (...args: infer Args) => infer Result
  ? (instance: Instance, ...args: Args) => Result
  : never;

/** Replaces a method of all instances of a class, given its prototype. The replacement can call the original. */
export function replaceMethod<Instance extends object, Name extends MethodName<Instance>>(
  prototype: Instance,
  name: Name,
  replacement: (original: Call<Instance, Instance[Name]>) => Call<Instance, Instance[Name]>,
): Undo {
  const method = prototype[name] as AnyMethod;
  const original = (instance: Instance, ...args: unknown[]) => method.apply(instance, args);
  const mutated = replacement(original as Call<Instance, Instance[Name]>) as AnyMethod;
  return replaceProperty(prototype, name, {
    configurable: true,
    writable: true,
    value(this: Instance, ...args: unknown[]) {
      return mutated(this, ...args);
    },
  });
}

/** Replaces a getter of all instances of a class, given its prototype. */
export function replaceGetter<Instance extends object, Name extends keyof Instance>(
  prototype: Instance,
  name: Name,
  replacement: (original: (instance: Instance) => Instance[Name]) => (instance: Instance) => Instance[Name],
): Undo {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (get === undefined) throw new TypeError(`${String(name)} is no getter, so it cannot be replaced as one.`);
  const mutated = replacement((instance) => get.call(instance) as Instance[Name]);
  return replaceProperty(prototype, name, {
    configurable: true,
    get(this: Instance) {
      return mutated(this);
    },
  });
}

/** Several undos as one, the last break first. */
export function undoAll(...undos: readonly Undo[]): Undo {
  return () => {
    for (const undo of undos.toReversed()) undo();
  };
}

/** What a mutant remembers for each instance of a class; made when it is first asked for. */
export class PerInstance<Instance extends object, Value> {
  readonly #values = new WeakMap<Instance, Value>();
  readonly #make: () => Value;

  constructor(make: () => Value) {
    this.#make = make;
  }

  of(instance: Instance): Value {
    const known = this.#values.get(instance);
    if (known !== undefined) return known;
    const made = this.#make();
    this.#values.set(instance, made);
    return made;
  }
}

function replaceProperty(prototype: object, name: PropertyKey, descriptor: PropertyDescriptor): Undo {
  const before = Object.getOwnPropertyDescriptor(prototype, name);
  if (before === undefined) throw new TypeError(`There is no ${String(name)} to be replaced.`);
  Object.defineProperty(prototype, name, descriptor);
  let undone = false;
  return () => {
    if (undone) return;
    undone = true;
    Object.defineProperty(prototype, name, before);
  };
}
