/** A world whose backbone can end topics and knows how their sources are. */

import type { JsonValue } from '@micro-socket/protocol';
import { SourcedBackbone } from '../../../backbone/test/support/sourced-backbone.ts';
import { World, type WorldOptions } from './world.ts';

export class SourcedWorld extends World {
  readonly backbone: SourcedBackbone;

  constructor(options: Omit<WorldOptions, 'around'> = {}) {
    let backbone: SourcedBackbone | undefined;
    super({
      ...options,
      around: (_memory, ports) => {
        backbone = new SourcedBackbone(ports);
        return backbone;
      },
    });
    this.backbone = backbone as unknown as SourcedBackbone;
  }

  override publish(messageId: string, topic = 'a', payload: JsonValue = messageId, extras = {}): void {
    const sizeBytes = JSON.stringify({ topic, messageId, payload }).length;
    void this.backbone.publish({ ...extras, topic, publisher: 'elsewhere', messageId, payload, sizeBytes });
  }
}
