/** Removes the brackets around an IPv6 address in the host name of a URL (RFC 3986, section 3.2.2). */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
