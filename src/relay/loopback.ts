/** Whether a multiaddr can be reached from this machine alone. */
export function isLoopback (address: string): boolean {
  const [, protocol, host = ''] = address.split('/')
  if (protocol === 'ip4' || protocol === 'ip6') return isLoopbackHost(host)
  return protocol === 'unix' || protocol === 'memory'
}

/** Whether an IP address, or `localhost`, is this machine's own. */
export function isLoopbackHost (host: string): boolean { return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host) }
