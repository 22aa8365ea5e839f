import { build } from 'rolldown';
const m = JSON.parse((await import('node:fs')).readFileSync('package.json','utf8'));
const peers = /^(@nestjs\/|class-validator|class-transformer|reflect-metadata|rxjs|@electric-sql|fastify|@fastify|helmet|pg$|pino)/;
for (const [name, ext] of [['own', /^[^.\/]/], ['all', peers]] as const)
  await build({ input: { index: 'dist/index.js' }, platform: 'node', external: [ext, 'pg-native'], output: { dir: 'dist/exp-'+name, format: 'esm', comments: true, codeSplitting: name==='all' ? false:undefined } as any, onwarn(w){console.log(w.message)} });
