/** Whether a multiaddr can be reached from this machine alone. */
export function isLoopback (address: string): boolean {
  const [, protocol, host] = address.split('/')
  if (protocol === 'ip4') return host?.startsWith('127.') === true
  if (protocol === 'ip6') return host === '::1'
  return protocol === 'unix' || protocol === 'memory'
}
