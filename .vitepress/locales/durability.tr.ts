/** Turkish texts of the durability table. */

import type { DurabilityText } from './durability.en.ts';

export const durabilityTr: DurabilityText = {
  caption: 'Onaylanmış bir mesaja, arızaya ve düzeye göre ne olur',
  fault: 'Arıza',
  faults: {
    'slow-within': 'okuyucu yavaş, ama geçmişin içinde',
    'slow-beyond': 'okuyucu yavaş ve geçmişin gerisinde',
    'back-within': 'okuyucu, geçmişin yettiği sürede geri gelir',
    'back-later': 'okuyucu daha sonra geri gelir',
    'link-cut': 'ağ geçidi ile omurga (backbone) arasındaki bağlantı kopar',
    'edge-killed': 'omurganın önündeki bir ağ geçidi öldürülür',
    'store-paused': 'saklayan süreç bir süre durur',
    'store-killed': 'saklayan süreç öldürülür',
    'store-full': 'disk dolar ya da arızalanır',
    'power-lost': 'saklayan makinenin elektriği kesilir',
    'machine-lost': 'saklayan makine yok olur',
  },
  outcomes: {
    kept: 'korunur',
    told: 'bildirilir',
    lost: 'kaybolur; yeni bir dönem (epoch) bunu bildirir',
    absent: 'bu arıza olamaz',
  },
  byNature: 'doğası gereği',
  shownBy: 'Bunu gösteren test',
};
