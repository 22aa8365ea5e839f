import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Injector } from '@nestjs/core/injector/injector.js';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { ServiceEmitter } from './service-emitter.js';

/** Adds a listener to an emitter of the application. */
type Attach = (emitter: EventEmitter2) => void;

/**
 * The event emitters of the application: every provider that is an `EventEmitter2`, in any module. The result does not
 * depend on which module provides an emitter, or on the order of imports.
 */
@Injectable()
export class HostEmitters implements OnModuleInit {
  private readonly emitters = new Set<EventEmitter2>();
  private readonly attachments: Attach[] = [];

  constructor(private readonly modules: ModulesContainer) {}

  /**
   * Calls `attach` for each emitter, including those that are created later during the start.
   *
   * Emitters without dependencies, such as the one of `EventEmitterModule`, are created now. Providers that are created later
   * can then emit to our listeners.
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

  /** Attaches listeners to emitters that were created since the last call. */
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
   * Emits on one emitter only. Each `EventEmitterModule` registers all `@OnEvent` listeners with its emitter, and a listener
   * must run once.
   *
   * @returns resolves after all listeners; rejects if one of them throws or rejects
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
