import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Injector } from '@nestjs/core/injector/injector.js';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { ServiceEmitter } from './service-emitter.js';

/** A listener of an emitter that the application has, however it was provided. */
type Attach = (emitter: EventEmitter2) => void;

/**
 * The event emitters of the application that this package is part of: any provider of any module that is an
 * `EventEmitter2`. Which modules provide one, and in which order they are imported, makes no difference.
 */
@Injectable()
export class HostEmitters implements OnModuleInit {
  private readonly emitters = new Set<EventEmitter2>();
  private readonly attachments: Attach[] = [];

  constructor(private readonly modules: ModulesContainer) {}

  /**
   * Calls `attach` for each emitter, including those that are created later during the start.
   *
   * Emitters that depend on nothing, such as the one of `EventEmitterModule`, are created now: providers that are created
   * later already find our listeners.
   */
  async forEach(attach: Attach): Promise<void> {
    this.attachments.push(attach);
    for (const emitter of this.emitters) attach(emitter);
    const injector = new Injector();
    for (const module of this.modules.values()) {
      for (const wrapper of module.providers.values()) {
        if (wrapper.token === EventEmitter2 && !wrapper.inject?.length) await injector.loadProvider(wrapper, module);
      }
    }
    this.discover();
  }

  /** Attaches listeners to emitters that did not exist before. */
  discover(): void {
    for (const module of this.modules.values()) {
      for (const { instance } of module.providers.values()) {
        if (instance instanceof EventEmitter2 && !(instance instanceof ServiceEmitter)) this.add(instance);
      }
    }
  }

  onModuleInit(): void {
    this.discover();
  }

  /**
   * Emits on one emitter: `@OnEvent` listeners are registered with the emitter of each `EventEmitterModule`, and must run
   * once.
   *
   * @returns resolves when all listeners have, and rejects if one throws or rejects
   */
  async emit(eventName: string, event: unknown): Promise<void> {
    const [emitter] = this.emitters;
    await emitter?.emitAsync(eventName, event);
  }

  private add(emitter: EventEmitter2): void {
    if (this.emitters.has(emitter)) return;
    this.emitters.add(emitter);
    for (const attach of this.attachments) attach(emitter);
  }
}
