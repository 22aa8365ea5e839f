/** The part of a CycloneDX document that {@link shippedSbom} reads. It keeps all other fields. */
export interface Sbom {
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

interface Component {
  'bom-ref': string;
  type: string;
  name: string;
  version: string;
  scope?: string;
  properties?: { name: string; value: string }[];
}

/** npm marks packages of `devDependencies`. The bundle contains some of them, and a shipped package is no such package. */
const DEVELOPMENT = 'cdx:npm:package:development';

/**
 * Limits an SBOM of a whole `node_modules` to the packages that are shipped. `npm sbom --omit dev` can't do this: the bundle
 * contains packages of `devDependencies`, and leaves out parts of `dependencies`.
 *
 * @param sbom the output of `npm sbom --sbom-format cyclonedx`
 * @param name the name of the program. npm uses the name of the folder
 * @param shipped `name@version` of each shipped package
 * @throws Error if the SBOM lacks a shipped package
 */
export function shippedSbom<Document extends Sbom>(
  sbom: Document,
  name: string,
  shipped: ReadonlySet<string>,
): Document {
  const components = sbom.components.filter((component) => shipped.has(idOf(component)));
  const known = new Set(components.map(idOf));
  const missing = [...shipped].filter((id) => !known.has(id));
  if (missing.length > 0) throw new Error(`npm sbom does not list ${missing.join(', ')}`);

  const root = sbom.metadata.component;
  const refs = new Set([root, ...components].map((component) => component['bom-ref']));
  return {
    ...sbom,
    metadata: { ...sbom.metadata, component: { ...root, name, type: 'application' } },
    components: components.map((component) => ({
      ...component,
      scope: 'required',
      properties: component.properties?.filter((property) => property.name !== DEVELOPMENT),
    })),
    dependencies: sbom.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) })),
  };
}

function idOf({ name, version }: Component): string {
  return `${name}@${version}`;
}
