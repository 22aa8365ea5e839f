/**
 * Another team's application with the service inside of it: publishes in transactions of its own, of which it rolls back
 * every second one. In the end it prints what it promised: `{"committed": {<event id>: <deliveries>, …}}`.
 */
import { NestFactory } from '@nestjs/core';
import {
  DocmapWebhooksModule,
  EventsService,
  ExtractionCompletedEvent,
  loadConfig,
  PrismaService,
} from 'docmap-webhooks';

const { TRANSACTIONS, BOOTSTRAP_USER_ID: userId = 'uid_local' } = process.env;

const app = await NestFactory.createApplicationContext(DocmapWebhooksModule.forRoot(loadConfig(process.env)), {
  logger: false,
});
app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true });
const prisma = app.get(PrismaService);
const events = app.get(EventsService);

async function transaction(number) {
  const isUndone = number % 2 === 1;
  let accepted;
  const work = prisma.$transaction(async (tx) => {
    const extractionId = `extract-${isUndone ? 'undone' : 'done'}-${number}`;
    accepted = await events.publish(new ExtractionCompletedEvent({ userId, extractionId, data: {} }), tx);
    if (isUndone) throw new Error('undone');
  });
  await work.catch((error) => {
    if (error.message !== 'undone') throw error;
    accepted = undefined;
  });
  return accepted;
}

console.log('Ready at http://127.0.0.1:0 with transactions');
const committed = {};
for (let number = 0; number < Number(TRANSACTIONS); number += 1) {
  const accepted = await transaction(number);
  if (accepted) committed[accepted.id] = accepted.deliveries;
}
console.log(JSON.stringify({ committed }));
