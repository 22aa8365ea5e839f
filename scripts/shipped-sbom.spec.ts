import { describe, expect, it } from '@jest/globals';
import { shippedSbom } from './shipped-sbom.js';

const component = (name: string, version: string) => ({
  'bom-ref': `${name}@${version}`,
  type: 'library',
  name,
  version,
  scope: 'optional',
  purl: `pkg:npm/${name}@${version}`,
  properties: [
    { name: 'cdx:npm:package:development', value: 'true' },
    { name: 'cdx:npm:package:path', value: `node_modules/${name}` },
  ],
});

const WHOLE = {
  bomFormat: 'CycloneDX',
  metadata: { timestamp: 'now', component: component('folder', '1.0.0') },
  components: [component('pg', '8.0.0'), component('jest', '30.0.0'), component('pg', '7.0.0')],
  dependencies: [
    { ref: 'folder@1.0.0', dependsOn: ['pg@8.0.0', 'jest@30.0.0'] },
    { ref: 'pg@8.0.0' },
    { ref: 'jest@30.0.0', dependsOn: ['pg@7.0.0'] },
  ],
};

describe('shippedSbom', () => {
  it('keeps exactly the shipped packages and the relations between them', () => {
    const sbom = shippedSbom(WHOLE, 'docmap', new Set(['pg@8.0.0']));
    expect(sbom.components.map((kept) => kept['bom-ref'])).toEqual(['pg@8.0.0']);
    expect(sbom.dependencies).toEqual([
      { ref: 'folder@1.0.0', dependsOn: ['pg@8.0.0'] },
      { ref: 'pg@8.0.0', dependsOn: [] },
    ]);
  });

  it('names the program as an application, and marks no shipped package as one of development', () => {
    const { bomFormat, metadata, components } = shippedSbom(WHOLE, 'docmap', new Set(['pg@8.0.0']));
    expect(bomFormat).toBe('CycloneDX');
    expect(metadata).toMatchObject({ timestamp: 'now', component: { name: 'docmap', type: 'application' } });
    expect(components[0]).toMatchObject({ scope: 'required', purl: 'pkg:npm/pg@8.0.0' });
    expect(components[0]!.properties.map(({ name }) => name)).toEqual(['cdx:npm:package:path']);
  });

  it('throws when the document lacks a shipped package', () => {
    expect(() => shippedSbom(WHOLE, 'docmap', new Set(['pg@8.0.0', 'undici@7.0.0']))).toThrow(
      'npm sbom does not list undici@7.0.0',
    );
  });
});
