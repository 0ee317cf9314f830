import { titles as checks } from '../verify/titles/tr.ts';

/** Test titles in Turkish, by suite and test. */
export const titles: Readonly<Record<string, string>> = {
  access: 'Erişim denetimi',
  dedup: 'Tekilleştirme',
  order: 'Sıralama',
  delivery: 'Teslim',
  'slow-reader': 'Yavaş okuyucular',
  'bad-input': 'Hatalı girdi',
  lifecycle: 'Yaşam döngüsü',
  client: 'Referans istemci',
  'price-feed': 'Fiyat akışı',
  storms: 'Fırtınalar',
  verify: 'Uyumluluk',
  'access/subscribe-without-grant': 'yetkisiz aboneliği reddeder ve o konudan hiçbir şey göndermez',
  'access/publish-without-grant': 'yetkisiz yayımı reddeder ve ondan hiçbir şey saklamaz',
  'access/subscribe-grant-only': 'yazma yetkisi olmayan okuyucunun okumasına izin verir',
  'access/setup-topics': 'setup içinde adı geçen konuları da öbürleri gibi denetler',
  'access/unknown-token': 'tanımadığı token’ı reddeder ve bağlantıyı 4004 ile kapatır',
  'access/deny-by-default': 'erişim kuralları olmadan başlatıldığında kimseyi kabul etmez',
  'access/foreign-origin':
    'yabancı kaynaklı (origin) sayfaları protokol yükseltmesinden (upgrade) önce reddeder, bu makineninkileri kabul eder',

  'dedup/repeat-is-answered-with-first-position': 'yinelenen yayımı bir kez saklar ve ilkinin konumuyla yanıtlar',
  'dedup/repeat-on-another-connection':
    'ilk bağlantı koptuktan sonra başka bir bağlantıdan gelen yeniden denemeyi tanır',
  'dedup/conflict': 'aynı messageId başka bir yükle gelince reddeder ve ilk mesajı korur',
  'dedup/same-id-of-another-user': 'iki kullanıcının messageId’lerini birbirinden ayrı tutar',
  'dedup/concurrent-repeats': 'aynı yayım on bağlantıda yarışınca tek mesaj saklar',
  'dedup/refused-publish-is-not-remembered': 'reddettiği yayımın messageId’sini hatırlamaz',

  'order/one-order-for-all': 'yarışan yayıncıların mesajlarını bütün abonelere tek bir sırada ve boşluksuz verir',
  'order/publisher-order': 'bir yayıncının ack beklemeden gönderdiği mesajların sırasını korur',
  'order/starts-at-head': 'geç gelen aboneyi subscribed ile bildirilen uç konumdan (head) başlatır',
  'order/subscribing-under-load': 'başkaları yayımlarken subscribed ile ilk mesaj arasında hiçbir şey kaçırmaz',
  'order/requests-in-order': 'bir bağlantının isteklerini gönderildikleri sırayla geçerli kılar',
  'order/both-encodings-agree': 'bir konunun JSON ve MessagePack abonelerine aynı mesajları verir',

  'delivery/acknowledged-reaches-all': 'onaylanan her mesajı bağlı kalan her aboneye ulaştırır',
  'delivery/durability-is-named': 'hangi kalıcılık düzeyinde onay verdiğini bildirir',
  'delivery/unsubscribed-is-final': 'unsubscribed sonrasında o konudan hiçbir şey göndermez',
  'delivery/lost-subscriber-leaves-others-alone': 'bir abonenin bağlantısı kopunca öbürlerine teslimi sürdürür',
  'delivery/payload-is-untouched': 'sıra dışı olanlar dahil her yükü yayımlandığı gibi teslim eder',

  'slow-reader/told-before-next-message':
    'halka tamponun gerisinde kalan okuyucuya neyi kaçırdığını, konudan başka bir şey göndermeden önce bildirir',
  'slow-reader/back-in-time-gets-everything':
    'halka tampon ilerleyip geçmeden dönen okuyucuya her şeyi sırasıyla verir',
  'slow-reader/asks-but-does-not-read': 'istekte bulunup yanıtları hiç okumayan bağlantıyı 4102 ile kapatır',

  'bad-input/not-a-frame': 'çerçeve olmayan baytları MALFORMED_FRAME ile yanıtlar ve bağlantıyı açık tutar',
  'bad-input/wrong-kind-of-message': 'JSON’da ikili mesajı, MessagePack’te metin mesajını MALFORMED_FRAME ile yanıtlar',
  'bad-input/unknown-type': 'var olmayan bir çerçeveyi UNKNOWN_TYPE ile, adını belirterek yanıtlar',
  'bad-input/frame-of-the-gateway': 'yalnızca ağ geçidinin gönderebileceği bir çerçeveyi kabul etmez',
  'bad-input/wrong-field-type': 'türü yanlış alanı INVALID_FIELD ile, alanı ve isteği belirterek yanıtlar',
  'bad-input/missing-field': 'eksik alanı INVALID_FIELD ile, adını belirterek yanıtlar',
  'bad-input/topic-outside-grammar': 'yazım kurallarına uymayan konuları INVALID_FIELD ile yanıtlar',
  'bad-input/denied-topic': 'istemcinin kullanamayacağı konuyu ACL_DENIED ile yanıtlar',
  'bad-input/too-large': 'frameBytesMax sınırını aşan çerçeveyi FRAME_TOO_LARGE ile yanıtlar ve bağlantıyı açık tutar',
  'bad-input/far-too-large': 'frameBytesReadMax sınırını aşan çerçeveyi okumaz ve bağlantıyı 1009 ile kapatır',
  'bad-input/payload-that-one-encoding-cannot-say': 'iki kodlamada aynı anlama gelmeyecek yükleri reddeder',
  'bad-input/before-setup':
    'setup öncesindeki her çerçeveyi SETUP_REQUIRED ile yanıtlar, ardından gelen setup’ı yine kabul eder',
  'bad-input/second-setup': 'ikinci setup’ı ALREADY_SET_UP ile yanıtlar',
  'bad-input/unknown-version':
    'başka bir protokol sürümünü VERSION_UNSUPPORTED ile yanıtlar ve bağlantıyı 4001 ile kapatır',
  'bad-input/no-setup-in-time': 'süresi içinde setup göndermeyen bağlantıyı 4003 ile kapatır',
  'bad-input/unsupported-subprotocol':
    'bilinen bir alt protokol önermeyen bağlantıyı 400 ile reddeder ve bildiklerini sayar',
  'bad-input/too-many-bad-frames': 'badFramesMax kadar anlaşılamayan çerçeveden sonra bağlantıyı 4000 ile kapatır',

  'lifecycle/prints-address-and-health': 'bağlandığı adresi tek satırda yazdırır ve GET /health isteğini yanıtlar',
  'lifecycle/goodbye':
    'SIGTERM gelince goodbye ile yeniden bağlanma aralığını bildirir, 4200 ile kapatır ve 0 koduyla çıkar',
  'lifecycle/ends-in-spite-of-a-stuck-client': 'bir istemci hiç okumasa da SIGTERM gelince sonlanır',
  'lifecycle/silent-client': 'sessiz istemciye ping gönderir, yanıt vereni tutar, vermeyeni 4103 ile kapatır',
  'lifecycle/leaves-nothing-behind': 'nasıl ayrılmış olurlarsa olsunlar, giden istemciler için hiçbir şey tutmaz',

  'client/publish-and-take': 'yayımlar ve mesajları for await ile sırasıyla alır',
  'client/refusals-reject-the-call': 'ağ geçidi hangi çağrıyı reddettiyse yalnızca onu reddeder',
  'client/wrong-token-rejects-connect': 'yanlış token’da connect çağrısını AUTH_FAILED ile reddeder',
  'client/lost-gateway-is-told': 'ağ geçidi öldürülünce bekleyen her çağrıya ve aboneliğe bildirir',
  'client/goodbye-is-passed-on': 'goodbye ile gelen yeniden bağlanma aralığını programa iletir',

  'price-feed/every-price-recomputed':
    'kayıtlı dosyaların her fiyat güncellemesini bir kez, sırasıyla verir ve her kanala fiyatlarını son basamağına kadar doğru hesaplar',
  'price-feed/margins-switch-for-all':
    'marjları bütün aboneler için aynı seqNo’da değiştirir: öncesinde eskileri, sonrasında yenileri geçerlidir',
  'price-feed/cut-while-margins-change':
    'bağlantısı kesilen aboneyi, arada marjlar kaç kez değişmiş olursa olsun, hiç kopmamış gibi baytı baytına ve eksiksiz (full) sürdürür',
  'price-feed/channels-over-http':
    'kanalları HTTP üzerinden oluşturur, gösterir, değiştirir ve siler; kimsenin görmediği bir değişikliği bozmasına izin vermez',
  'price-feed/wrong-margins-are-named':
    'olamayacak marjları, hatalı alanın adını söyleyerek reddeder ve hiçbir şeyi değiştirmez',
  'price-feed/only-who-may':
    'marjları yalnızca yetkisi olana gösterir, değişiklikleri yalnızca ondan kabul eder; öbürlerine hiçbir şey söylemez',
  'price-feed/deleted-channel-is-told':
    'silinen bir kanalın abonelerine neden bittiğini, sonrasında soranlara böyle bir konu olmadığını söyler',
  'price-feed/newest-of-each-instrument':
    'keyed okuyuculara her enstrümanın en yeni fiyatını istedikleri sıklıkta, aynı sıklıktakilere aynısını verir',
  'price-feed/slow-reader-of-many-channels':
    'okumayı bırakan okuyucuya, yeniden okumaya başlayınca her enstrümanın en yeni fiyatını verir; hiçbir yanlış fiyat vermez',
  'price-feed/exchange-lost':
    'borsa yitirilince fiyatların bayatladığını (stale) söyler, borsa dönünce doğru fiyatlarla sürdürür',
  'price-feed/feed-killed':
    'kaynağın bulunduğu süreç öldürülünce motorun her ağ geçidinde fiyatların bayatladığını (stale) söyler',
  'price-feed/same-bytes-at-every-gateway':
    'bir kanalın abonelerine kaynağın bulunduğu süreçte ve başka bir ağ geçidinde aynı baytları verir',
  'price-feed/bad-lines':
    'kayıtlı bir dosyanın okunamayan her satırını numarasıyla bildirir; istenene göre onu atlar ya da orada biter',
  'price-feed/thousand-channels':
    'bin abone için on enstrümanlı bin kanalı, her fiyat son basamağına kadar doğru olacak biçimde türetir',

  'storms/memory-engine':
    'iki ağ geçidinin ardındaki, hiçbir şeyi saklamayan motor öldürülünce her kaybı yeni bir dönemle (epoch) bildirir',
  'storms/disk-gateway':
    'klasörü olan bir ağ geçidi öldürülse, dondurulsa ya da bağlantısı kesilse de onayladığı her şeyi korur',
  'storms/disk-engine':
    'iki ağ geçidi, motorları ve aralarındaki bağlantılar arızalansa da onların onayladığı her şeyi korur',
  'storms/nats':
    'iki ağ geçidi, NATS sunucusu ve aralarındaki bağlantılar arızalansa da onların onayladığı her şeyi korur',
  'storms/move': 'istemci akışın ortasında başka bir ağ geçidine geçince oturumunu ve her akışını eksiksiz sürdürür',

  ...Object.fromEntries(Object.entries(checks).map(([id, title]) => [`verify/${id}`, title])),
};
