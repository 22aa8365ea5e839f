import { afterEach, expect, it, jest } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

describeOnServer('A key that is revoked in one process', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('is rejected for the very next request in every other process, even after frequent use there', async () => {
    const database = await stage.database('server');
    const [here, there] = [await stage.start(database), await stage.start(database)];
    for (let round = 0; round < 10; round += 1) {
      const { body } = await here.api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
      const abroad = new ApiClient(there.url, body.data.key);
      for (let use = 0; use < 3; use += 1) expect((await abroad.get('/v1/webhooks')).status).toBe(200);
      expect((await here.api.delete(`/v1/api-keys/${body.data.apiKey.id}`)).status).toBe(200);
      const refused = await abroad.get('/v1/webhooks');
      expect([refused.status, refused.body.error?.code]).toEqual([401, 'UNAUTHORIZED']);
    }
  });
});
