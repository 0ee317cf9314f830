/// <reference types="vite/client" />

declare module 'virtual:micro-socket-live' {
  /** True only in the dev server, and only when it may start programs. */
  export const live: boolean;
  /** Random per start of the dev server; empty when `live` is false. */
  export const token: string;
  /** Why `live` is false. */
  export const reason: 'not-loopback' | 'no-server' | 'build' | undefined;
}
