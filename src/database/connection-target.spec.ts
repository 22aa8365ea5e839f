import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectionTarget, describeTarget } from './connection-target.js';

const read = (text: string, env: NodeJS.ProcessEnv = {}) => connectionTarget(text, 'DATABASE_URL', env);
const tls = (parameters: string) => read(`postgresql://h/d?${parameters}`).tls;
const faultOf = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    expect(error).toMatchObject({ name: 'DatabaseStartError' });
    return (error as Error).message;
  }
  throw new Error('It was taken');
};

describe('A connection string', () => {
  it.each([
    ['postgresql://h/d', 'h:5432/d'],
    ['postgres://u:p@h:6000/d', 'h:6000/d'],
    ['postgresql://u@h', 'h:5432/u'],
    ['postgresql://h1,h2:6000/d', 'h1:5432,h2:6000/d'],
    ['postgresql://u:p@h1:1,h2:2,[::1]:3/d', 'h1:1,h2:2,[::1]:3/d'],
    ['postgresql:///d?host=h1,h2&port=6000', 'h1:6000,h2:6000/d'],
    ['postgresql:///d?host=/run/postgresql', '/run/postgresql:5432/d'],
    ['postgresql://u@%2Frun%2Fpostgresql:6000/d', '/run/postgresql:6000/d'],
    ['postgresql://u@h/?dbname=d', 'h:5432/d'],
    ['postgresql://h/d%20%EB%AC%B8', 'h:5432/d 문'],
    ['host=h port=6000 dbname=d user=u', 'h:6000/d'],
    [`host = '/run/my socket' dbname='it\\'s'`, `/run/my socket:5432/it's`],
  ])('%s names %s', (text, description) => {
    expect(describeTarget(read(text))).toBe(`PostgreSQL at ${description}`);
  });

  it('contains user and password with any characters, unescaped', () => {
    expect(read('postgresql://a%40b:p%2Fw%3F%25@h/d')).toMatchObject({ user: 'a@b', password: 'p/w?%' });
    expect(read('postgresql://u:p@ss:w#rd@h/d?options=a@b')).toMatchObject({ password: 'p@ss:w#rd', options: 'a@b' });
    expect(read(`host=h user=u password='p w' dbname=d`)).toMatchObject({ user: 'u', password: 'p w' });
    expect(read('postgresql://h/d').password).toBeUndefined();
  });

  it('is completed by the variables and the defaults of libpq', () => {
    const env = { PGHOST: 'h', PGPORT: '6000', PGUSER: 'u', PGPASSWORD: 'p', PGDATABASE: 'd' };
    expect(read('postgresql://', env)).toMatchObject({ hosts: [{ host: 'h', port: 6000 }], user: 'u', password: 'p' });
    expect(read('postgresql://', env).database).toBe('d');
    const { username } = userInfo();
    expect(read('postgresql://')).toMatchObject({ hosts: [{ host: 'localhost', port: 5432 }], user: username });
    expect(read('postgresql://').database).toBe(username);
  });

  it('contains our own parameters: schema, pool and pooler', () => {
    expect(read('postgresql://h/d?schema=Doc%20Map&connection_limit=3&pgbouncer=true')).toMatchObject({
      schema: 'Doc Map',
      poolSize: 3,
      isTransactionPooled: true,
    });
    expect(read('postgresql://h/d')).toMatchObject({ schema: undefined, poolSize: 10, isTransactionPooled: false });
  });

  it.each([
    ['postgresql://h:x/d', "DATABASE_URL can't be read: a port is not a number."],
    ['postgresql://h:99999/d', 'The port 99999 in DATABASE_URL is not a number from 1 to 65535.'],
    ['postgresql://u:p%zz@h/d', "DATABASE_URL can't be read: password holds a %"],
    ['postgresql:///d?host=a,b&port=1,2,3', 'DATABASE_URL names 2 hosts and 3 ports'],
    ['host=h dbname', "DATABASE_URL can't be read: it is neither a URI nor a list"],
    ['postgresql://h/d?connection_limit=ten', 'connection_limit in DATABASE_URL is "ten"; use a whole number from 2'],
    ['postgresql://h/d?connection_limit=0', 'connection_limit in DATABASE_URL is "0"; use a whole number from 2'],
    ['postgresql://h/d?connection_limit=1', 'connection_limit in DATABASE_URL is "1"; use a whole number from 2'],
    ['postgresql://h/d?connection_limit=-1', 'connection_limit in DATABASE_URL is "-1"; use a whole number from 2'],
    ['postgresql://h/d?connection_limit=', 'connection_limit in DATABASE_URL is ""; use a whole number from 2'],
    ['postgresql://h/d?pgbouncer=1', 'pgbouncer in DATABASE_URL is "1"; use true or false.'],
    ['postgresql://h/d?shema=docmap', 'DATABASE_URL has the parameter "shema", which is not known'],
    ['postgresql://h/d?schema=', 'schema in DATABASE_URL is ""; use a name'],
    ['postgresql://h/d?schema=pg_own', 'schema in DATABASE_URL is "pg_own"; use a name'],
    ['postgresql://h/d?sslmode=on', 'sslmode in DATABASE_URL is "on"; use one of disable, allow, prefer, require'],
    ['postgresql://h/d?target_session_attrs=standby', 'every connection must take writes; use read-write'],
    ['postgresql://h/d?connect_timeout=soon', 'connect_timeout in DATABASE_URL is "soon"'],
  ])('%s is rejected with one line', (text, message) => {
    expect(faultOf(text)).toContain(message);
    expect(faultOf(text)).not.toContain('\n');
  });

  it('never appears with its password in a message', () => {
    for (const rest of ['h:x/d', 'h/%zz', 'h/d?sslmode=on', 'h/d?other=1', 'h:0/d']) {
      expect(faultOf(`postgresql://u:hunter2@${rest}`)).not.toContain('hunter2');
    }
  });
});

describe('sslmode', () => {
  let directory: string;
  let root: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'docmap-test-tls-'));
    root = join(directory, 'root.crt');
    writeFileSync(root, 'certificate');
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  const ca = Buffer.from('certificate');

  it('has the meaning that libpq gives it', () => {
    const unverified = { rejectUnauthorized: false };
    expect(tls('')).toEqual([false]);
    expect(tls('sslmode=disable')).toEqual([false]);
    expect(tls('sslmode=allow')).toEqual([false, unverified]);
    expect(tls('sslmode=prefer')).toEqual([unverified, false]);
    expect(tls('sslmode=require')).toEqual([unverified]);
    expect(tls('ssl=true')).toEqual([unverified]);
    expect(tls('sslmode=verify-full')).toEqual([{}]);
    expect(tls(`sslmode=verify-full&sslrootcert=${root}`)).toEqual([{ ca }]);
    expect(tls('sslrootcert=system')).toEqual([{}]);
    for (const mode of ['require', 'verify-ca']) {
      expect(tls(`sslmode=${mode}&sslrootcert=${root}`)).toEqual([{ ca, checkServerIdentity: expect.any(Function) }]);
    }
  });

  it('is ignored for sockets', () => {
    expect(read('postgresql:///d?host=/run&sslmode=require').tls).toEqual([false]);
  });

  it.each(['sslrootcert', 'sslcert', 'sslkey'])('names the missing file of %s', (name) => {
    expect(faultOf(`postgresql://h/d?sslmode=verify-full&${name}=/nowhere/file.pem`)).toBe(
      `${name} in DATABASE_URL names /nowhere/file.pem, which can't be read: there is no such file.`,
    );
  });
});
