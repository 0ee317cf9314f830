/** The Turkish words of the protocol's tables. */

import type { ProtocolText } from './protocol.en.ts';

const rejectsCall = 'Çağrıyı reddeder.';
const returned = 'Yanıtta geri gelir.';
const ofRequest = 'İsteğin id’si.';
const topic = 'Konu.';
const subscriptionTopic = 'Aboneliğin konusu.';
const alias = 'Konunun subscribed ile bildirilen takma numarası.';
const currentEpoch = 'Konunun geçerli dönemi (epoch).';
const chosenTier = 'Seçilen hız kademesi; hız istenmediyse yoktur.';
const asPublished = 'Yayımlandığı haliyle.';
const sentence = 'İnsanlar için bir cümle.';
const retriesPublish = 'Yayımı bir süre sonra aynı messageId ile yeniden gönderir; öbür çağrıları reddeder.';

export const tr: ProtocolText = {
  labels: {
    field: 'Alan',
    type: 'Tür',
    position: 'Sıra',
    meaning: 'Anlamı',
    optional: 'isteğe bağlı',
    jsonOnly: 'yalnızca JSON',
    msgpackOnly: 'yalnızca MessagePack',
    number: 'MessagePack numarası',
    code: 'Kod',
    fault: 'Hata kimde',
    retry: 'Yeniden denemek işe yarar mı',
    clientDoes: 'Referans istemci ne yapar',
    reconnect: 'Sonra',
    limit: 'Sınır',
    default: 'Varsayılan',
    atBound: 'Sınıra ulaşılınca',
    yes: 'evet',
    no: 'hayır',
    faults: { client: 'istemci', gateway: 'ağ geçidi' },
    policies: {
      stop: 'hiçbir şeyi değiştirmeden yeniden bağlanma',
      'back-off': 'artan sürelerle bekle, yeniden bağlan',
      window: 'bildirilen aralıkta yeniden bağlan',
    },
  },
  fields: {
    setup: {
      protocol: 'İstemcinin konuştuğu protokol sürümü: 1.',
      token: 'İstemcinin kim olduğunu kanıtlar. En çok 8.192 karakter.',
      client: 'İstemcinin kendi adı ve sürümü; hiçbir şey bunlara bağlı değildir. Her biri 1 ile 64 karakter arasında.',
      topics: 'Hemen abone olunacak konular. En çok 128.',
      resume: 'Sürdürülecek oturum: resume çerçevesinin id dışındaki alanları.',
    },
    subscribe: {
      id: returned,
      topic: 'Abone olunacak konu.',
      mode: 'Abonenin neye ihtiyacı olduğu; yoksa stream.',
      from: 'Aboneliğin nereden başladığı; yoksa uç konumdan (head).',
      onGap: 'from içindeki konumun çapası yoksa ne yapılacağı; verilmezse live.',
      maxRateHz: 'Saniyede en çok kaç kez gönderim yapılacağı, 0,1 ile 1.000 arasında; latest ve keyed için.',
      confirmWindow: 'Son onaylanan mesajdan sonra kaç mesaj gönderilebileceği, 1 ile 10.000 arasında; stream için.',
      checksum: 'Sağlama toplamının istenip istenmediği.',
    },
    unsubscribe: { id: returned, topic: subscriptionTopic },
    publish: {
      id: returned,
      topic: 'Mesajın yayımlanacağı konu.',
      messageId: 'Mesajın adı; her yeniden denemede aynıdır.',
      payload: 'Mesajın kendisi: herhangi bir JSON değeri.',
      key: 'Mesajın neyin en yeni durumu olduğu. 1 ile 128 karakter arasında.',
      ref: 'Bu mesajın ilgili olduğu daha önceki bir mesajın messageId değeri.',
      expectSeqNo: 'Mesaj, yalnızca konunun uç konumu bu seqNo ise saklanır.',
      ttlMs: 'Mesajın, time değerinden sonra kaç milisaniye anlam taşıdığı.',
      signature:
        'Yayıncının imzası: alg 1 ile 16 karakter arasında, keyId bir messageId gibi, value 1 ile 1.024 karakter arasında.',
      publisher:
        'Ağ geçidinin kimin adına yayımladığı: messageId’nin sahibi. En çok 160 karakter; yalnızca ağ geçitleri için.',
      by: 'Yayıncı olarak kimin adının verileceği, 1 ile 64 karakter arasında; yalnızca ağ geçitleri için.',
    },
    confirm: { topic: subscriptionTopic, seqNo: 'İşi bitmiş olan son mesaj.' },
    replay: {
      id: returned,
      topic: subscriptionTopic,
      fromSeqNo: 'Bundan sonraki mesajlar istenir.',
      toSeqNo: 'İstenen son mesaj; yoksa uç konum.',
    },
    resume: {
      id: returned,
      sessionId: 'Oturum; adı ready ile bildirilmiştir.',
      resumeKey: 'Oturumun sırrı; en son verilen.',
      subscriptions: 'Abone olunacaklar: subscribe çerçevesinin id dışındaki alanları. En çok 1.000.',
    },
    presence: {
      id: returned,
      topic: 'Çevrimiçi olunan konu.',
      action: 'Oturumun ne yaptığı.',
      data: 'Oturumun başkalarına gösterdiği: herhangi bir JSON değeri.',
    },
    refresh: { id: returned, token: 'Aynı kullanıcının yeni token’ı. En çok 8.192 karakter.' },
    modify: {
      id: returned,
      topic: subscriptionTopic,
      maxRateHz: 'Yeni hız, saniyede 0,1 ile 1.000 arasında; yoksa hız sınırı kalkar.',
    },
    pong: { time: 'Yanıtladığı ping’in zamanı.' },
    read: {
      id: returned,
      topic: 'Okunacak konu.',
      from: 'Neyin, nereden okunacağı.',
      limit: 'En çok kaç mesaj isteneceği, 1.000’e kadar; verilmezse 100. after ve konumlar için.',
    },
    ready: {
      sessionId: 'Bu oturumun adı.',
      gateway: 'Ağ geçidinin adı.',
      time: 'Ağ geçidinin saati.',
      heartbeatMs: 'Bu kadar milisaniye sessizlikten sonra ağ geçidi ping gönderir.',
      limits: 'İstemcinin uymak zorunda olduğu sınırlar.',
      durability: 'Onaylanmış bir mesajın hangi arızalardan sağ çıktığı.',
      retention: 'Bir konunun kaç mesajının saklandığı.',
      dedupWindowMs: 'Bir messageId’nin kaç milisaniye hatırlandığı.',
      resumeKey: 'Bu oturumu başka bir bağlantıda sürdürmeye yarayan sır.',
      expiresAt: 'Token’ın süresinin dolduğu an; dolmuyorsa yoktur.',
    },
    subscribed: {
      id: 'İsteğin id’si; setup ya da resume içinde adı geçen konularda yoktur.',
      topic,
      alias: 'MessagePack’in ortak çerçevelerinde konunun yerine geçer.',
      epoch: currentEpoch,
      seqNo: 'Ardından bundan sonraki mesajlar gelir.',
      messageId: 'seqNo konumundaki mesaj, biliniyorsa.',
      recovered: 'from isteğinin sonucu.',
      headSeqNo: 'Konunun uç konumu (head); henüz mesaj yoksa 0.',
      maxRateHz: chosenTier,
      checksum: 'Konunun headSeqNo konumundaki sağlama toplamı, istendiyse.',
    },
    unsubscribed: {
      id: 'İsteğin id’si; aboneliği ağ geçidi bitirdiyse yoktur.',
      topic,
      reason: 'Neden bittiği.',
      why: 'closed ile: konunun neden sona erdiği, insanlar için bir cümleyle.',
    },
    ack: {
      id: ofRequest,
      messageId: 'Mesajın adı.',
      status: 'Mesajın bu yayımla mı, daha önceki bir yayımla mı saklandığı.',
      epoch: 'Mesajın bulunduğu dönem.',
      seqNo: 'Mesajın yeri.',
    },
    message: {
      topic,
      alias,
      seqNo: 'Mesajın yeri.',
      prevSeqNo: 'Bir önceki mesajın yeri; ilk mesajda 0.',
      messageId: 'Yayıncının mesaja verdiği ad.',
      time: 'Mesajın saklandığı an.',
      data: 'Yük, yayımlandığı haliyle.',
      key: asPublished,
      ref: asPublished,
      by: 'Kimin yayımladığı, ağ geçidi söylüyorsa.',
      ttlMs: asPublished,
      signature: asPublished,
    },
    snapshot: {
      topic,
      alias,
      seqNo: 'Durumun eksiksiz olduğu konum.',
      entries: 'Mesajlar, en eskisi başta.',
      last: 'Bunun son parça olup olmadığı.',
    },
    head: {
      topic,
      alias,
      epoch: currentEpoch,
      seqNo: 'Konunun uç konumu.',
      checksum: 'Konunun seqNo konumundaki sağlama toplamı, bir abone istediyse.',
    },
    health: {
      topic,
      alias,
      state: 'Konunun durumu.',
      lagMs: 'Kaç milisaniye geciktiği; stale ise kaynağının kaç milisaniyedir sustuğu.',
    },
    live: {
      id: 'replay isteğinin id’si; subscribed ardından gelirse yoktur.',
      topic,
      seqNo: 'İstek için gönderilen son mesaj.',
      checksum: 'Bu mesajların sağlama toplamına kattıklarının toplamı, istendiyse.',
    },
    lagged: {
      topic,
      fromSeqNo: 'Teslim edilen son mesaj.',
      toSeqNo: 'Konunun uç konumu.',
      why: sentence,
    },
    error: {
      id: 'İsteğin id’si, kullanılabilir bir id varsa.',
      code: 'Neyin yanlış gittiği; bölüm 6’daki listeden.',
      message: 'Neyin yanlış olduğunu söyleyen, insanlar için bir cümle.',
      retry: 'Aynı isteğin daha sonra başarılı olup olamayacağı.',
      afterMs: 'Yeniden denemeden önce kaç milisaniye beklenmesi gerektiği.',
      topic: 'İlgili konu.',
    },
    ping: { time: 'Ağ geçidinin saati.' },
    goodbye: {
      code: 'Ardından gelecek kapanış kodu.',
      reason: sentence,
      reconnectMinMs: 'Yeniden bağlanmadan önceki en kısa bekleme.',
      reconnectMaxMs: 'Yeniden bağlanmadan önceki en uzun bekleme.',
    },
    resumed: {
      id: ofRequest,
      sessionId: 'Sürdürülen oturum.',
      resumeKey: 'Oturumun yeni sırrı.',
    },
    refreshed: { id: ofRequest, expiresAt: 'Yeni token’ın süresinin dolduğu an; dolmuyorsa yoktur.' },
    modified: { id: ofRequest, topic, maxRateHz: chosenTier },
    page: {
      id: ofRequest,
      topic,
      epoch: 'Konunun dönemi (epoch).',
      seqNo: 'Mesajların başladığı yer ya da durumun hangi uç konuma kadar tam olduğu.',
      messageId: 'seqNo konumundaki mesaj, biliniyorsa.',
      anchored: 'İstenen konumun çapasının bulunup bulunmadığı; yalnızca bir konum istendiyse.',
      entries: 'Mesajlar, en eskisi başta.',
      last: 'Yanıtın son parçası olup olmadığı.',
    },
  },
  errors: {
    MALFORMED_FRAME: {
      meaning: 'Çerçeve, alt protokolün istediği gibi bir JSON metni ya da MessagePack dizisi değil.',
      client: 'Hatayı bildirir; çerçeve yeniden gönderilmez.',
    },
    UNKNOWN_TYPE: { meaning: 'İstemciden böyle bir çerçeve gelmez.', client: 'Hatayı bildirir.' },
    INVALID_FIELD: {
      meaning: 'Bir alan eksik ya da değerine izin verilmiyor; hata mesajı alanın adını verir.',
      client: rejectsCall,
    },
    FRAME_TOO_LARGE: { meaning: 'Çerçeve frameBytesMax’tan daha çok bayt içeriyor.', client: rejectsCall },
    SETUP_REQUIRED: {
      meaning: 'setup kabul edilmeden önce bir çerçeve geldi.',
      client: 'Hiç karşılaşmaz: ready gelmesini bekler.',
    },
    ALREADY_SET_UP: {
      meaning: 'Aynı bağlantıda ikinci bir setup geldi.',
      client: 'Hiç karşılaşmaz: tek bir setup gönderir.',
    },
    VERSION_UNSUPPORTED: {
      meaning: 'Ağ geçidi, setup’ın istediği protokol sürümünü konuşmuyor.',
      client: 'connect çağrısını reddeder.',
    },
    AUTH_REQUIRED: {
      meaning: 'setup içinde token yok ve bu ağ geçidi anonim istemci kabul etmiyor.',
      client: 'connect çağrısını reddeder.',
    },
    AUTH_FAILED: {
      meaning: 'Token geçerli değil ya da refresh içinde başka bir kullanıcının.',
      client: 'connect çağrısını reddeder.',
    },
    ACL_DENIED: { meaning: 'İstemcinin bu konuda bunu yapma yetkisi yok.', client: rejectsCall },
    NO_SUCH_TOPIC: {
      meaning: 'Burada böyle bir konu yok; hata mesajı neyin olmadığını söyler.',
      client: 'Çağrıyı reddeder ya da aboneliği bitirir.',
    },
    ALREADY_SUBSCRIBED: {
      meaning: 'Bağlantının bu aboneliği ya da, resume isteniyorsa, herhangi bir aboneliği zaten var.',
      client: rejectsCall,
    },
    NOT_SUBSCRIBED: { meaning: 'Bu bağlantıda böyle bir abonelik yok.', client: rejectsCall },
    TOPIC_LIMIT: { meaning: 'Bağlantının topicsPerConnectionMax kadar aboneliği var.', client: rejectsCall },
    MESSAGE_ID_CONFLICT: {
      meaning: 'messageId, tekilleştirme penceresi içinde başka bir içerikle kullanılmış.',
      client: rejectsCall,
    },
    SEQ_CONFLICT: {
      meaning: 'Konu ilerlemiş: uç konumu, publish içindeki expectSeqNo değerinde değil.',
      client: rejectsCall,
    },
    POSITION_GONE: {
      meaning: 'Verilen konumdaki mesaj geçmişte yok ve onGap değeri reject.',
      client: 'Çağrıyı reddeder ya da aboneliğe mesajların eksik olduğunu bildirir.',
    },
    HISTORY_GONE: {
      meaning: 'replay ile istenen mesajlar artık saklanmıyor.',
      client: 'Boşluğu doldurmaktan vazgeçer ve bunu aboneliğe bildirir.',
    },
    TOO_MANY_REPLAYS: {
      meaning:
        'Bağlantının süren replaysPerConnectionMax kadar replay ya da readsPerConnectionMax kadar read isteği var.',
      client: 'Bir süre sonra yeniden ister.',
    },
    SESSION_INVALID: {
      meaning: 'Oturum yok, çok eski, resumeKey değeri başka ya da oturum başka bir kullanıcının.',
      client: 'Yeni bir oturum başlatır ve bildiği konumlardan abone olur.',
    },
    NOT_PRESENT: { meaning: 'Oturum bu konuya enter ile girmemiş.', client: rejectsCall },
    PRESENCE_LIMIT: { meaning: 'Oturum zaten presencesPerSessionMax kadar konuda.', client: rejectsCall },
    RATE_LIMITED: {
      meaning: 'Bağlantı saniyede framesPerSecondMax’tan çok çerçeve gönderiyor.',
      client: 'Yayımı afterMs geçtikten sonra aynı messageId ile yeniden gönderir; öbür çağrıları reddeder.',
    },
    TOO_MANY_UNACKNOWLEDGED: {
      meaning: 'Bağlantının unacknowledgedPublishesMax kadar yanıtlanmamış yayımı var.',
      client: retriesPublish,
    },
    OVERLOADED: {
      meaning: 'Ağ geçidinin bir sınırına ulaşıldı; hata mesajı hangisi olduğunu söyler.',
      client: retriesPublish,
    },
    UNAVAILABLE: {
      meaning: 'Mesajları saklayan bileşene ulaşılamıyor ya da orada bir arıza var; yayım yine de saklanmış olabilir.',
      client: retriesPublish,
    },
    INTERNAL: { meaning: 'Ağ geçidi beklemediği bir biçimde hata verdi.', client: retriesPublish },
  },
  closeCodes: {
    NORMAL: 'İstemcinin işi bitti.',
    MESSAGE_TOO_BIG: 'Bir çerçeve frameBytesReadMax’tan daha çok bayt içeriyor.',
    PROTOCOL_ERROR: 'Anlaşılamayan çok sayıda çerçeve geldi (badFramesMax).',
    VERSION_UNSUPPORTED: 'setup içindeki protokol sürümü burada konuşulmuyor.',
    SETUP_TIMEOUT: 'setupDeadlineMs içinde kabul edilen bir setup gelmedi.',
    AUTH_FAILED: 'setup içindeki token eksik ya da geçersiz.',
    SESSION_TAKEN_OVER: 'Oturum başka bir bağlantıda sürdürüldü.',
    TOKEN_EXPIRED: 'Token’ın süresi doldu ve yenilenmedi; yeni bir token ile bağlanılmalı.',
    ACCESS_REVOKED: 'Token iptal edildi.',
    INTERNAL: 'Ağ geçidi beklemediği bir biçimde hata verdi.',
    OVERLOADED: 'Ağ geçidinde connectionsMax kadar bağlantı var.',
    SLOW_CONSUMER: 'İstemci istekte bulunuyor ama okumuyor (sendBufferBytesMax).',
    NO_PONG: 'İstemci bir ping’den sonra pongTimeoutMs boyunca sessiz kaldı.',
    DRAINING: 'Ağ geçidi kapanıyor; goodbye, setup’ı kabul edilmiş istemcilere yeniden bağlanma aralığını bildirdi.',
  },
  limits: {
    frameBytesMax: 'Çerçeve çözümlenmez; yanıt FRAME_TOO_LARGE olur ve bağlantı açık kalır.',
    frameBytesReadMax: 'Çerçeve sonuna kadar okunmaz; bağlantı 1009 ile kapatılır.',
    setupDeadlineMs: 'Bağlantı 4003 ile kapatılır.',
    heartbeatMs: 'İstemciden bu süre boyunca çerçeve gelmeyince ağ geçidi ping gönderir.',
    pongTimeoutMs: 'Ping’den sonra bu süre boyunca hiçbir şey göndermeyen istemci 4103 ile kapatılır.',
    connectionsMax: 'Bir sonraki bağlantı hemen 4101 ile kapatılır.',
    topicsPerConnectionMax: 'Bir sonraki subscribe TOPIC_LIMIT ile reddedilir.',
    badFramesMax: 'Anlaşılamayan çerçevelerinin sayısı buna ulaşan bağlantı 4000 ile kapatılır.',
    unacknowledgedPublishesMax: 'Bir ack gönderilene kadar sonraki publish TOO_MANY_UNACKNOWLEDGED ile reddedilir.',
    framesPerSecondMax: 'Fazlası RATE_LIMITED ile reddedilir; iki saniyelik çerçeve bir anda gelebilir.',
    replaysPerConnectionMax: 'Bir sonraki replay TOO_MANY_REPLAYS ile reddedilir.',
    readsPerConnectionMax: 'Bir sonraki read TOO_MANY_REPLAYS ile reddedilir.',
    presencesPerSessionMax: 'Bir sonraki enter PRESENCE_LIMIT ile reddedilir.',
    presenceGraceMs: 'Bağlantısı bu kadar süre önce kopmuş oturum, girdiği konulardan çıkmış sayılır.',
    gatewayLivenessMs:
      'Öbürlerinin bu süre boyunca haber alamadığı ağ geçidi ölmüş sayılır: onun üzerinden çevrimiçi olan oturumlar çıkarılır.',
    sessionLifetimeMs: 'Bu kadar süre önce başlamış oturum sürdürülemez: SESSION_INVALID.',
    accessRecheckMs: 'Yetkilerdeki bir değişiklik ya da bir iptal, süren abonelikleri bu süre içinde bitirir.',
    headIntervalMs: 'Bu süre boyunca mesaj gelmeyen konu head ile bildirilir.',
    latencyObjectiveMs:
      'Mesajlarının yayımdan teslime kadar geçen süresi bunu aşan konu, health ile late olarak bildirilir.',
    ringLengthMax: 'En eski mesaj halka tampondan çıkar; ona hâlâ ihtiyacı olan abone lagged ile haberdar edilir.',
    ringBytesMax: 'En eski mesajlar halka tampondan çıkar; onlara hâlâ ihtiyacı olan abone lagged ile haberdar edilir.',
    batchBytesMax: 'Bir turun çerçeveleri birden çok parça halinde yazılır.',
    sendBufferBytesMax: 'Gönderilmemiş bu kadar baytı varken yeni yanıt isteyen bağlantı 4102 ile kapatılır.',
    topicsMax:
      'En uzun süredir abonesi de mesajı da olmayan konu unutulur; öyle bir konu yoksa yeni bir konu gerektiren istek OVERLOADED ile reddedilir.',
    historyLengthMax: 'Konunun en eski mesajı geçmişten çıkar.',
    historyBytesMax:
      'Yazılan konu en eski mesajlarını bırakır, sonra abonesi olmayan konular unutulur; bu da yetmezse publish OVERLOADED ile reddedilir.',
    dedupWindowMs: 'Bundan eski bir messageId unutulur; aynı id artık yeni bir mesaj demektir.',
    stateKeysMax: 'Konunun bu kadar anahtarı var; başka anahtar taşıyan publish OVERLOADED ile reddedilir.',
    dedupEntriesPerPublisherMax:
      'Bu yayıncının bir id’si pencereden çıkana kadar, yeni messageId taşıyan publish istekleri OVERLOADED ile reddedilir.',
    dedupEntriesMax:
      'Daha eski bir id pencereden çıkana kadar yeni messageId taşıyan publish OVERLOADED ile reddedilir.',
  },
};
