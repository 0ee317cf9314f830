import { titles as checks } from '../verify/titles/es.ts';

/** Test titles in Spanish, by suite and test. */
export const titles: Readonly<Record<string, string>> = {
  access: 'Control de acceso',
  dedup: 'Deduplicación',
  order: 'Orden',
  delivery: 'Entrega',
  'slow-reader': 'Lectores lentos',
  'bad-input': 'Entradas incorrectas',
  lifecycle: 'Ciclo de vida',
  client: 'Cliente de referencia',
  'price-feed': 'Feed de precios',
  storms: 'Tormentas',
  verify: 'Conformidad',

  'access/subscribe-without-grant': 'rechaza una suscripción sin permiso y no envía nada de ese tópico',
  'access/publish-without-grant': 'rechaza una publicación sin permiso y no guarda nada de ella',
  'access/subscribe-grant-only': 'deja que un lector lea lo que no puede escribir',
  'access/setup-topics': 'comprueba los tópicos nombrados en setup como cualquier otro',
  'access/unknown-token': 'rechaza un token que no conoce y cierra con 4004',
  'access/deny-by-default': 'no admite a nadie si se arrancó sin política',
  'access/foreign-origin':
    'rechaza antes del upgrade las páginas de un origen ajeno y admite las de esta misma máquina',

  'dedup/repeat-is-answered-with-first-position':
    'guarda una sola vez una publicación repetida y responde con la primera posición',
  'dedup/repeat-on-another-connection':
    'reconoce un reintento que llega por otra conexión después de perderse la primera',
  'dedup/conflict': 'rechaza el mismo messageId con otro contenido y conserva el primero',
  'dedup/same-id-of-another-user': 'no confunde los messageId de dos usuarios',
  'dedup/concurrent-repeats': 'guarda un solo mensaje cuando la misma publicación compite por diez conexiones',
  'dedup/refused-publish-is-not-remembered': 'no recuerda el messageId de una publicación que rechazó',

  'order/one-order-for-all':
    'da a todos los suscriptores, en un mismo orden y sin huecos, los mensajes de publicadores que compiten entre sí',
  'order/publisher-order': 'mantiene el orden en que envió un publicador que no espera los ack',
  'order/starts-at-head': 'empieza para un suscriptor tardío en la cabeza que indicó subscribed',
  'order/subscribing-under-load': 'no pierde nada entre subscribed y el primer mensaje mientras otros publican',
  'order/requests-in-order': 'aplica las peticiones de una conexión en el orden en que las envió',
  'order/both-encodings-agree': 'da los mismos mensajes a los suscriptores JSON y MessagePack de un tópico',

  'delivery/acknowledged-reaches-all': 'lleva cada mensaje confirmado a todos los suscriptores que siguen conectados',
  'delivery/durability-is-named': 'indica el nivel de durabilidad con el que confirma',
  'delivery/unsubscribed-is-final': 'no envía nada de un tópico después de unsubscribed',
  'delivery/lost-subscriber-leaves-others-alone':
    'sigue entregando a los demás cuando un suscriptor pierde la conexión',
  'delivery/payload-is-untouched': 'entrega los contenidos tal como se publicaron, también los poco habituales',

  'slow-reader/told-before-next-message':
    'dice a un lector que se quedó fuera del búfer circular qué ha perdido, antes de cualquier otra cosa del tópico',
  'slow-reader/back-in-time-gets-everything':
    'da todo, y en orden, a un lector que vuelve antes de que el búfer circular haya avanzado demasiado',
  'slow-reader/asks-but-does-not-read': 'cierra con 4102 una conexión que pide y nunca lee las respuestas',

  'bad-input/not-a-frame': 'responde con MALFORMED_FRAME a bytes que no son una trama y sigue abierto',
  'bad-input/wrong-kind-of-message':
    'responde con MALFORMED_FRAME a un mensaje binario en JSON o a uno de texto en MessagePack',
  'bad-input/unknown-type': 'responde a una trama que no existe con UNKNOWN_TYPE y el nombre de la trama',
  'bad-input/frame-of-the-gateway': 'no acepta una trama que solo puede enviar un gateway',
  'bad-input/wrong-field-type':
    'responde con INVALID_FIELD a un campo de tipo incorrecto e indica el campo y la petición',
  'bad-input/missing-field': 'responde a un campo que falta con INVALID_FIELD y el nombre del campo',
  'bad-input/topic-outside-grammar': 'responde con INVALID_FIELD a los tópicos que no siguen la gramática',
  'bad-input/denied-topic': 'responde con ACL_DENIED a un tópico que el cliente no puede usar',
  'bad-input/too-large': 'responde con FRAME_TOO_LARGE a una trama que supera frameBytesMax y sigue abierto',
  'bad-input/far-too-large': 'no lee una trama que supera frameBytesReadMax y cierra con 1009',
  'bad-input/payload-that-one-encoding-cannot-say':
    'rechaza los contenidos que no significarían lo mismo en las dos codificaciones',
  'bad-input/before-setup': 'responde con SETUP_REQUIRED a toda trama anterior a setup, y después aún acepta setup',
  'bad-input/second-setup': 'responde con ALREADY_SET_UP a un segundo setup',
  'bad-input/unknown-version': 'responde con VERSION_UNSUPPORTED a otra versión del protocolo y cierra con 4001',
  'bad-input/no-setup-in-time': 'cierra con 4003 una conexión que no envía setup dentro del plazo',
  'bad-input/unsupported-subprotocol':
    'rechaza con 400 una conexión que no ofrece ningún subprotocolo conocido e indica cuáles conoce',
  'bad-input/too-many-bad-frames': 'cierra con 4000 una conexión tras badFramesMax tramas que no pudo entender',

  'lifecycle/prints-address-and-health':
    'escribe una línea con la dirección en la que escucha y responde a GET /health',
  'lifecycle/goodbye': 'ante SIGTERM envía goodbye con un plazo de reconexión, cierra con 4200 y sale con el código 0',
  'lifecycle/ends-in-spite-of-a-stuck-client': 'termina ante SIGTERM aunque un cliente no lea',
  'lifecycle/silent-client':
    'envía ping a un cliente callado, conserva el que responde y cierra con 4103 el que no responde',
  'lifecycle/leaves-nothing-behind':
    'no conserva nada de los clientes que se han ido, sea cual sea la forma en que se fueron',

  'client/publish-and-take': 'publica y recibe los mensajes con for await, en orden',
  'client/refusals-reject-the-call': 'rechaza exactamente la llamada que rechazó el gateway',
  'client/wrong-token-rejects-connect': 'rechaza connect con AUTH_FAILED si el token es incorrecto',
  'client/lost-gateway-is-told': 'avisa a todas las llamadas y suscripciones en espera cuando se mata el gateway',
  'client/goodbye-is-passed-on': 'transmite al programa el plazo de reconexión de goodbye',

  'price-feed/every-price-recomputed':
    'da una vez y en orden cada cotización de los archivos grabados, y a cada canal sus precios hasta la última cifra',
  'price-feed/margins-switch-for-all':
    'cambia los márgenes en el mismo seqNo para todos los suscriptores: antes rigen los viejos y después los nuevos',
  'price-feed/cut-while-margins-change':
    'reanuda completo (full) a un suscriptor cortado durante varios cambios de márgenes, byte por byte como si no se hubiera ido',
  'price-feed/channels-over-http':
    'crea, muestra, cambia y borra canales por HTTP, y no deja que nadie deshaga lo que no ha visto',
  'price-feed/wrong-margins-are-named':
    'rechaza los márgenes imposibles con el nombre del campo erróneo y no cambia nada',
  'price-feed/only-who-may':
    'muestra los márgenes y acepta cambios solo a quien tiene permiso, y a los demás no les dice nada',
  'price-feed/deleted-channel-is-told':
    'dice a los suscriptores de un canal borrado por qué ha terminado, y después que ese tópico no existe',
  'price-feed/newest-of-each-instrument':
    'da a los lectores keyed el precio más nuevo de cada instrumento a su ritmo, y lo mismo a los del mismo ritmo',
  'price-feed/slow-reader-of-many-channels':
    'da a un lector que dejó de leer el precio más nuevo de cada instrumento cuando sigue, y ninguno erróneo',
  'price-feed/exchange-lost':
    'dice que los precios están desactualizados (stale) cuando se pierde la bolsa, y sigue con los correctos cuando vuelve',
  'price-feed/feed-killed':
    'dice en cada gateway del motor que los precios están desactualizados (stale) cuando se mata el proceso que tiene la fuente',
  'price-feed/same-bytes-at-every-gateway':
    'da a los suscriptores de un canal los mismos bytes en el proceso que tiene la fuente y en otro gateway',
  'price-feed/bad-lines':
    'indica por su número cada línea de un archivo grabado que no se puede leer, y la salta o termina ahí, según se pida',
  'price-feed/thousand-channels':
    'deriva mil canales de diez instrumentos para mil suscriptores, con cada precio correcto hasta la última cifra',

  'storms/memory-engine':
    'avisa de toda pérdida, con una época (epoch) nueva, cuando se mata un motor que no guarda nada detrás de dos gateways',
  'storms/disk-gateway':
    'conserva todo lo que confirmó cuando se mata, se congela o queda aislado un gateway con carpeta',
  'storms/disk-engine':
    'conserva todo lo que confirmaron dos gateways cuando fallan ellos, su motor y los enlaces entre ellos',
  'storms/nats':
    'conserva todo lo que confirmaron dos gateways cuando fallan ellos, el servidor NATS y los enlaces entre ellos',
  'storms/move':
    'continúa la sesión y todos los flujos, completos, cuando un cliente pasa a otro gateway en pleno flujo',

  ...Object.fromEntries(Object.entries(checks).map(([id, title]) => [`verify/${id}`, title])),
};
