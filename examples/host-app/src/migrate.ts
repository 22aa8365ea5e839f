import { migrate } from 'docmap-webhooks';

await migrate({ databaseUrl: process.env.DATABASE_OWNER_URL ?? '', schema: 'docmap', log: console.log });
