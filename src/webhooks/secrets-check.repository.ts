import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';

/** The id of the only row. */
const ID = 1;

@Injectable()
export class SecretsCheckRepository {
  constructor(private readonly prisma: PrismaService) {}

  async find(): Promise<Uint8Array | undefined> {
    return (await this.prisma.secretsCheck.findUnique({ where: { id: ID } }))?.value;
  }

  /** Stores the first value. If several processes do so at the same time, the value of one of them stays. */
  async create(value: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.prisma.secretsCheck.createMany({ data: { id: ID, value }, skipDuplicates: true });
  }

  async replace(value: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.prisma.secretsCheck.upsert({ where: { id: ID }, create: { id: ID, value }, update: { value } });
  }
}
