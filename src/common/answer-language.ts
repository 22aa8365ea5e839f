import type { IncomingHttpHeaders } from 'node:http';
import { acceptedLanguage, type Language } from '../translations/accepted-language.js';

interface Reply {
  getHeader(name: string): unknown;
  header(name: string, value: string): unknown;
}

/** Chooses the language of a response by its request. The headers of the response tell it to caches and clients. */
export function answerLanguage({ headers }: { headers: IncomingHttpHeaders }, reply: Reply): Language {
  const language = acceptedLanguage(headers['accept-language']);
  reply.header('vary', withLanguage(reply.getHeader('vary')));
  if (language === 'ko') reply.header('content-language', 'ko');
  return language;
}

/** Adds `Accept-Language` to a `Vary` header, which CORS may have set. */
function withLanguage(vary: unknown): string {
  const names = [vary ?? []].flat().join(', ');
  if (/(?:^|[\s,])(?:accept-language|\*)(?:$|[\s,])/i.test(names)) return names;
  return names === '' ? 'Accept-Language' : `${names}, Accept-Language`;
}
