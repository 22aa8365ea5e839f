import { migrate } from 'docmap-webhooks';

const { DATABASE_OWNER_URL: databaseUrl = '' } = process.env;
await migrate({ databaseUrl, schema: 'docmap', log: console.log });
