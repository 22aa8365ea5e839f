import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A server's key and certificate, as `https.createServer` takes them. */
export interface ServerCertificate {
  key: string;
  cert: string;
}

interface CertificateOptions {
  /** The subject alternative name, such as `IP:127.0.0.1` or `DNS:receiver.example`. */
  name: string;
  /** The first day of its validity, as `YYYYMMDDHHMMSSZ`. */
  since?: string;
  /** The last day of its validity, as `YYYYMMDDHHMMSSZ`. */
  until?: string;
  /** The kind of its key; `EC` by default. */
  key?: keyof typeof NEW_KEYS;
  /** The side that presents it; `server` by default. */
  shownBy?: 'server' | 'client';
}

/** The arguments of `openssl req` for each kind of key. */
const NEW_KEYS = {
  EC: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  RSA: ['-newkey', 'rsa:2048'],
};

/** A past date, and a date after every run of the tests. */
const SINCE = '20200101000000Z';
const UNTIL = '22000101000000Z';

/** A certificate authority of our own, made with the `openssl` program. */
export class CertificateAuthority {
  private constructor(private readonly directory: string) {}

  /** @param directory is created and holds everything; the caller removes it */
  static async create(directory: string): Promise<CertificateAuthority> {
    const authority = new CertificateAuthority(directory);
    await mkdir(join(directory, 'new'), { recursive: true });
    await writeFile(join(directory, 'index.txt'), '');
    await writeFile(join(directory, 'serial'), '1000\n');
    await writeFile(join(directory, 'openssl.cnf'), CONFIGURATION);
    await authority.makeRequest('authority');
    await authority.sign('authority', [SINCE, UNTIL], 'authority', ['-selfsign']);
    return authority;
  }

  /** The authority's own certificate, for `NODE_EXTRA_CA_CERTS`. */
  get certificatePath(): string {
    return join(this.directory, 'authority.pem');
  }

  /** @param label the name of the certificate's files */
  async issue(
    label: string,
    { name, since = SINCE, until = UNTIL, key = 'EC', shownBy = 'server' }: CertificateOptions,
  ): Promise<ServerCertificate> {
    await this.makeRequest(label, ['-addext', `subjectAltName=${name}`], key);
    await this.sign(label, [since, until], shownBy, ['-cert', this.certificatePath]);
    return this.read(label);
  }

  /** The authority's own self-signed certificate, as a server's. */
  selfSigned(): Promise<ServerCertificate> {
    return this.read('authority');
  }

  private async read(label: string): Promise<ServerCertificate> {
    const read = (extension: string): Promise<string> =>
      readFile(join(this.directory, `${label}.${extension}`), 'utf8');
    return { key: await read('key'), cert: await read('pem') };
  }

  private async makeRequest(label: string, more: string[] = [], kind: keyof typeof NEW_KEYS = 'EC'): Promise<void> {
    const files = ['-keyout', `${label}.key`, '-out', `${label}.csr`];
    await this.openssl('req', ['-new', ...NEW_KEYS[kind], '-noenc', '-subj', `/CN=${label}`, ...files, ...more]);
  }

  private async sign(label: string, validity: [string, string], extensions: string, more: string[]): Promise<void> {
    const files = ['-in', `${label}.csr`, '-out', `${label}.pem`, '-keyfile', 'authority.key'];
    const [since, until] = validity;
    const dates = ['-startdate', since, '-enddate', until];
    await this.openssl('ca', ['-batch', '-notext', '-extensions', extensions, ...files, ...dates, ...more]);
  }

  private async openssl(command: string, options: string[]): Promise<void> {
    await promisify(execFile)('openssl', [command, '-config', 'openssl.cnf', ...options], { cwd: this.directory });
  }
}

const CONFIGURATION = `
[req]
distinguished_name = subject
[subject]
[ca]
default_ca = authority_of_tests
[authority_of_tests]
database = index.txt
serial = serial
new_certs_dir = new
default_md = sha256
policy = any_name
copy_extensions = copy
unique_subject = no
[any_name]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical, CA:false
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
`;
