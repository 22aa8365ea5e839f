import { answers, type Misbehaviour } from '../support/misbehaviour.js';

const DAY_MS = 86_400_000;

/** @param more further expectations besides a failure with this status */
function failing(status: number, headers: string[], more: Partial<Misbehaviour['expected']> = {}): Misbehaviour {
  return {
    name: [`answers ${status}`, ...headers].join(' '),
    behave: answers(`${status} Whatever`, headers),
    expected: { httpStatus: status, error: `HTTP ${status}`, ...more },
  };
}

/**
 * Receivers that refuse, and receivers that redirect.
 *
 * @param elsewhere a URL that must get no request
 */
export function refusing(elsewhere: string): Misbehaviour[] {
  const location = `location: ${elsewhere}`;
  return [
    ...[300, 301, 302, 303, 305, 307, 308].map((status) => failing(status, [location])),
    failing(302, ['location: http://169.254.169.254/latest/meta-data/']),
    failing(307, ['location: file:///etc/passwd']),
    failing(308, ['location: /elsewhere']),
    failing(304, []),
    failing(401, ['www-authenticate: Basic realm="a"']),
    failing(407, ['proxy-authenticate: Basic realm="a"']),
    failing(410, [], { attempts: 1 }),
    failing(429, ['retry-after: 86400'], { attempts: 1, pauseMs: DAY_MS }),
    failing(503, ['retry-after: 86400'], { attempts: 1, pauseMs: DAY_MS }),
    failing(429, ['retry-after: -1'], { pauseMs: 1_000 }),
    failing(503, [], { pauseMs: 1_000 }),
    failing(999, []),
    {
      name: 'says in headers of a success where to go',
      behave: answers('200 OK', [location, `refresh: 0; url=${elsewhere}`, `content-location: ${elsewhere}`]),
      expected: { httpStatus: 200, error: null },
    },
  ];
}
