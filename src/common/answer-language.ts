import { acceptedLanguage, type Language } from '../translations/accepted-language.js';
import type { HttpReply, HttpRequest } from './http-messages.js';

/** Chooses the language of a response by its request. The headers of the response tell it to caches and clients. */
export function answerLanguage({ headers }: HttpRequest, reply: HttpReply): Language {
  const language = acceptedLanguage(headers['accept-language']);
  reply.header('vary', withLanguage(reply.getHeader('vary')));
  if (language === 'ko') reply.header('content-language', 'ko');
  return language;
}

/** Adds `Accept-Language` to a `Vary` header, which CORS may have set. */
function withLanguage(vary: unknown): string {
  const names = ([vary ?? []].flat() as string[]).join(', ');
  if (/(?:^|[\s,])(?:accept-language|\*)(?:$|[\s,])/i.test(names)) return names;
  return names === '' ? 'Accept-Language' : `${names}, Accept-Language`;
}
