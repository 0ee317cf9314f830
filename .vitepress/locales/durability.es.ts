/** Spanish texts of the durability table. */

import type { DurabilityText } from './durability.en.ts';

export const durabilityEs: DurabilityText = {
  caption: 'Qué pasa con un mensaje confirmado, según el fallo y el nivel',
  fault: 'Fallo',
  faults: {
    'slow-within': 'un lector es lento, pero sigue dentro del historial',
    'slow-beyond': 'un lector es lento y se queda fuera del historial',
    'back-within': 'un lector vuelve mientras dura el historial',
    'back-later': 'un lector vuelve más tarde',
    'link-cut': 'se corta el enlace entre el gateway y el almacén',
    'edge-killed': 'muere un gateway situado delante del almacén',
    'store-paused': 'el proceso que guarda se detiene un rato',
    'store-killed': 'muere el proceso que guarda',
    'store-full': 'el disco está lleno o falla',
    'power-lost': 'la máquina que guarda se queda sin corriente',
    'machine-lost': 'la máquina que guarda desaparece',
  },
  outcomes: {
    kept: 'se conserva',
    told: 'se avisa',
    lost: 'se pierde; una época nueva lo dice',
    absent: 'no puede ocurrir',
  },
  byNature: 'por naturaleza',
  shownBy: 'Lo demuestra',
};
