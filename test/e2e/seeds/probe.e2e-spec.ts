import { it } from '@jest/globals';
import { startApp } from '../../support/app.js';
it('probe', async () => {
  const s = await startApp();
  const html = await (await fetch(s.url + '/docs')).text();
  console.log(html.slice(0, 3000));
  const js = await (await fetch(s.url + '/docs/swagger-ui-init.js')).text();
  console.log(js.slice(0, 300), '.....', js.slice(-1800));
  const doc: any = await (await fetch(s.url + '/openapi.json')).json();
  console.log(JSON.stringify(doc.paths['/v1/webhooks'].post, null, 1), JSON.stringify(doc.paths['/v1/webhooks/deliveries'].get.parameters), JSON.stringify(doc.components.schemas.CreateWebhookDto), doc.components.securitySchemes);
  const r = await fetch(s.url + '/v1/webhooks', { method: 'POST', headers: { authorization: `Bearer ${s.api.key}` }, body: Buffer.from('{}') });
  console.log(r.status, await r.text());
  await s.close();
});
