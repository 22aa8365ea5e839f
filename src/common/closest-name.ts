/** Longer names get no suggestion, in characters. Rejecting a body must not cost more than accepting it. */
const MAX_LENGTH = 36;

/**
 * Names that other APIs use for our fields, in lower case without separators. If several fields match, the first one
 * that the request accepts is suggested.
 */
const OTHER_NAMES = new Map<string, readonly string[]>([
  ['limit', ['perpage', 'pagesize', 'size', 'take', 'count', 'top', 'first', 'max']],
  ['cursor', ['page', 'offset', 'skip', 'after', 'before', 'startingafter', 'next', 'nextcursor', 'pagetoken']],
  ['webhookId', ['webhook', 'hook', 'endpoint', 'endpointid']],
  ['extractionId', ['extraction', 'id']],
  ['userId', ['user', 'uid', 'owner']],
  ['url', ['endpoint', 'targeturl', 'target', 'uri', 'callbackurl', 'callback', 'webhookurl', 'href']],
  ['events', ['eventtypes', 'types', 'enabledevents', 'topics']],
  ['event', ['type', 'eventtype', 'topic', 'name']],
  ['active', ['enabled', 'isactive', 'isenabled', 'disabled', 'paused', 'status', 'state']],
  ['status', ['state', 'result', 'outcome', 'success']],
  ['since', ['from', 'start', 'startdate', 'starttime', 'createdafter']],
  ['until', ['to', 'end', 'enddate', 'endtime', 'createdbefore']],
  ['data', ['payload', 'body', 'result']],
  ['occurredAt', ['timestamp', 'time', 'date', 'createdat']],
  ['expiresIn', ['expires', 'expiresat', 'expiry', 'expiration', 'ttl', 'lifetime', 'validfor']],
  ['scopes', ['permissions', 'roles', 'rights']],
  ['name', ['label', 'title', 'description']],
  ['description', ['name', 'label', 'title', 'desc', 'note', 'comment']],
  ['overlapSeconds', ['overlap', 'grace', 'graceperiod']],
]);

/**
 * Suggests a name for an unknown one. The first match counts:
 *
 * 1. the same name in another spelling (`webhook_id`);
 * 2. a name with that meaning in other APIs (`page_size`);
 * 3. a name that differs by one letter.
 */
export function closestName(given: string, names: readonly string[]): string | undefined {
  if (given.length > MAX_LENGTH) return undefined;
  const plain = plainName(given);
  return (
    names.find((name) => plainName(name) === plain) ??
    names.find((name) => OTHER_NAMES.get(name)?.includes(plain)) ??
    names.find((name) => differByOneLetter(plain, plainName(name)))
  );
}

/** Whether two words differ by one letter: inserted, removed, replaced, or swapped with the next one. */
export function differByOneLetter(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.length !== restB.length) {
    return restA.length > restB.length ? restA.slice(1) === restB : restA === restB.slice(1);
  }
  const swapped = `${restA[1]}${restA[0]}${restA.slice(2)}`;
  return restA !== '' && (restA.slice(1) === restB.slice(1) || swapped === restB);
}

/** A name in lower case without separators. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
