export { deliveriesSettled, type SettledOptions } from './deliveries-settled.js';
export { MemorySender, type MemoryAnswer, type MemoryReply } from './memory-sender.js';
export { testApiKey, webhooksInMemory, type OverridableModule, type TestingOptions } from './webhooks-in-memory.js';
