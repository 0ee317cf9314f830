const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** Whether a page of this origin was served from this machine. */
export function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && LOOPBACK_HOSTS.includes(new URL(origin).hostname);
}
