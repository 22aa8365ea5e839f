/** The host name of a URL without the brackets that stand around an IPv6 address there (RFC 3986, 3.2.2). */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
